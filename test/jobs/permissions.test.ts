import {readFileSync} from 'node:fs'
import {Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {setImmediate} from 'node:timers/promises'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {
  type BigQueryWriteOptions,
  create,
  discard,
  map,
  type PubSubReadOptions,
  readAllFromText,
  readFromCsv,
  readFromJson,
  readFromPubSub,
  readFromText,
  type SluiceError,
  writeToBigQuery,
  writeToCsv,
  writeToJson,
  writeToPubSub,
  writeToText,
} from 'sluice'
import {failure} from '../batching/manual-clock.ts'
import {csv, type Row, SCHEMA, ToRow} from './rows.ts'
import {JobCloud} from './support.ts'

interface Listed {
  connectors: string[]
  option: string
  permissions: string[]
}

/** The rows of the table in docs/permissions.md. */
function listed(): Listed[] {
  const text = readFileSync(new URL('../../docs/permissions.md', import.meta.url), 'utf8')
  const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(match => match[1]!)
  return text
    .split('\n')
    .filter(line => /^\| `/.test(line))
    .map(line => line.split('|').map(cell => cell.trim()))
    .map(([, connectors = '', option = '', permissions = '']) => ({
      connectors: names(connectors),
      option,
      permissions: names(permissions),
    }))
}

describe('each connector works with exactly the permissions that docs/permissions.md lists', () => {
  const job = new JobCloud()

  const reading = (glob: boolean) => async (connector: string) => {
    const json = Array.from({length: 1200}, (_, id) => `{"id":${id}}\n`).join('')
    await job.put('lines-1.csv', connector === 'readFromJson' ? json : `id,text\n${csv(1200)}`)
    const path = `gs://my-bucket/${job.name}/lines-${glob ? '*' : '1'}.csv`
    return async () => {
      let count = 0
      const sink = new Writable({
        objectMode: true,
        write(_row, _encoding, done) {
          count++
          done()
        },
      })
      const sources = {
        readAllFromText: () => [create([path]), readAllFromText({skipHeaderLines: 1})],
        readFromCsv: () => [readFromCsv(path)],
        readFromJson: () => [readFromJson(path)],
        readFromText: () => [readFromText(path, {skipHeaderLines: 1})],
      }
      await pipeline([...sources[connector as keyof typeof sources](), sink] as NodeJS.ReadWriteStream[])
      expect(count).to.equal(1200)
    }
  }

  const writingFiles = (overwrite: boolean) => async (connector: string) => {
    const old = [`${job.name}-00000-of-00001`, `${job.name}-00001-of-00002`]
    const bucket = job.storage.bucket('my-bucket')
    if (overwrite) for (const name of old) await bucket.file(name).save('old', {resumable: false})
    return async () => {
      const prefix = `gs://my-bucket/${job.name}`
      const sinks = {
        writeToCsv: () => pipeline(create([{a: 'x'}]), writeToCsv(prefix, {overwrite})),
        writeToJson: () => pipeline(create([{a: 'x'}]), writeToJson(prefix, {overwrite})),
        writeToText: () => pipeline(create(['x']), writeToText(prefix, {overwrite})),
      }
      await sinks[connector as keyof typeof sinks]()
      job.cloud.permissions = undefined
      const [files] = await bucket.getFiles({prefix: `${job.name}-0`})
      expect(files.map(({name}) => name)).to.deep.equal([old[0]])
    }
  }

  const writing = (exists: boolean, options: Partial<BigQueryWriteOptions<Row>>) => async () => {
    if (exists) await job.createTable()
    return async () => {
      const rows = Array.from({length: 400}, (_, id) => ({id, text: 'x'}))
      await pipeline(create(rows), writeToBigQuery<Row>({table: job.table, ...options}))
      job.cloud.permissions = undefined
      expect(await job.counts()).to.deep.equal({rows: 400, ids: 400})
    }
  }

  const publishing = async () => {
    const pubsub = new PubSub(job.cloud.clientOptions.pubsub)
    await pubsub.createTopic(`topic-${job.name}`)
    await pubsub.close()
    return async () => {
      await pipeline(create(['a', 'b']), writeToPubSub({topic: `topic-${job.name}`}))
      expect(job.calls('pubsub.publish')).to.be.greaterThan(0)
    }
  }

  const subscribing = (origin: 'subscription' | 'topic') => async () => {
    const pubsub = new PubSub(job.cloud.clientOptions.pubsub)
    const [topic] = await pubsub.createTopic(`topic-${job.name}`)
    if (origin === 'subscription') await topic.createSubscription(`subscription-${job.name}`)
    return async () => {
      const options: PubSubReadOptions = {[origin]: `${origin}-${job.name}`}
      const source = readFromPubSub(options)
      const done = pipeline(source, discard())
      done.catch(() => {})
      // with the permissions of whoever publishes
      const given = job.cloud.permissions
      while ((source.info.metrics.extra['streams'] ?? 0) === 0 && !source.destroyed) await setImmediate()
      if (!given?.includes('pubsub.subscriptions.consume')) return done
      // the publisher has permissions of its own
      job.cloud.permissions = [...given, 'pubsub.topics.publish']
      await topic.publishMessage({data: Buffer.from('a')})
      while ((source.info.metrics.extra['acked'] ?? 0) === 0 && !source.destroyed) await setImmediate()
      job.cloud.permissions = given
      void source.drain()
      await done
      await pubsub.close()
    }
  }

  const resources: Record<string, string> = {
    readFromPubSub: 'projects/local-project/',
    writeToBigQuery: 'my_dataset',
    writeToPubSub: 'topics/',
  }

  const never = {createDisposition: 'CREATE_NEVER'} as const
  /** How a row of the table is tried: arranges, and gives the run. */
  const trials: Record<string, (connector: string) => Promise<() => Promise<void>>> = {
    'a path without glob characters': reading(false),
    'a pattern': reading(true),
    'the default, the table exists': writing(true, {schema: SCHEMA}),
    'the default, the table is missing': writing(false, {schema: SCHEMA}),
    "`schema` and `createDisposition: 'CREATE_NEVER'`": writing(true, {schema: SCHEMA, ...never}),
    "no `schema`, `createDisposition: 'CREATE_NEVER'`": writing(true, never),
    'new files': writingFiles(false),
    '`overwrite: true`': writingFiles(true),
    'any topic': publishing,
    'a subscription': subscribing('subscription'),
    'a topic': subscribing('topic'),
  }

  it('and every row of the list is tried', () => {
    expect([...new Set(listed().map(({option}) => option))].sort()).to.deep.equal(Object.keys(trials).sort())
  })

  for (const {connectors, option, permissions} of listed())
    for (const connector of connectors) {
      it(`${connector}, ${option}: ${permissions.join(', ')} and nothing else`, async () => {
        const run = await trials[option]!(connector)
        job.cloud.permissions = permissions
        await run()
      })

      // its lack is told at the end, when everything is done: test/io/pubsub/read/runs.test.ts
      for (const missing of permissions.filter(name => name !== 'pubsub.subscriptions.delete'))
        it(`${connector}, ${option}: without ${missing} it fails at once, and names it and the resource`, async () => {
          const run = await trials[option]!(connector)
          job.cloud.permissions = permissions.filter(name => name !== missing)
          job.cloud.log.clear()
          const error = (await failure(run())) as unknown as SluiceError
          expect(error).to.include({code: 'ERR_SLUICE_PERMISSION', stage: connector})
          expect(error.message).to.contain(missing)
          expect(error.message).to.contain(resources[connector] ?? 'gs://my-bucket')
          // one refusal was enough: what is forbidden is not tried again; 7 is gRPC's PERMISSION_DENIED
          expect(job.cloud.log.entries.filter(({status}) => status === 403 || status === 7)).to.have.length(1)
        })
    }

  it('a whole job, with the permissions of its connectors', async () => {
    await job.put('lines-1.csv', csv(1200))
    job.cloud.permissions = [
      ...listed().find(({option}) => option === 'a pattern')!.permissions,
      ...listed().find(({option}) => option === 'the default, the table is missing')!.permissions,
    ]
    const sink = writeToBigQuery<Row>({table: job.table, schema: SCHEMA})
    await pipeline(
      readFromText(`gs://my-bucket/${job.name}/*.csv`),
      new ToRow(),
      map((row: Row) => row),
      sink,
    )
    job.cloud.permissions = undefined
    expect(await job.counts()).to.deep.equal({rows: 1200, ids: 1200})
  })
})
