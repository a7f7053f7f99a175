// The batch job against real Google Cloud: SLUICE_TEST_PROJECT=my-project npm run test:cloud, with application default
// credentials that may create a bucket and a dataset there. SLUICE_TEST_LOCAL=1 runs the same against the local cloud.
import {randomBytes} from 'node:crypto'
import {pipeline} from 'node:stream/promises'
import {setTimeout as pause} from 'node:timers/promises'
import {gzipSync} from 'node:zlib'
import {BigQuery} from '@google-cloud/bigquery'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {DoFn, map, readFromCsv, readFromText, type SluiceError, writeToBigQuery} from 'sluice'
import {type LocalCloud, startLocalCloud} from 'sluice/emulators'

const COUNT = 1000
const SCHEMA = 'id:INTEGER,text:STRING,at:TIMESTAMP'
const TABLES = ['text', 'csv']

interface Row {
  id: number
  text: string
  at: string
}

class Parse extends DoFn<string, Row> {
  *process(line: string) {
    const [id = '', text = '', at = ''] = line.split(',')
    yield {id: Number(id), text, at}
  }
}

const lines = (from: number, to: number) =>
  Array.from({length: to - from}, (_, i) => `${from + i},word ${from + i},2024-02-29T12:00:00.${i % 1000}Z\n`).join('')

const local = process.env['SLUICE_TEST_LOCAL'] === '1'
const wanted = local || Boolean(process.env['SLUICE_TEST_PROJECT'])

describe(`the batch job on ${local ? 'the local cloud' : 'Google Cloud'}`, function () {
  if (!wanted) {
    it('needs SLUICE_TEST_PROJECT')
    return
  }
  this.timeout(300_000)

  const suffix = randomBytes(6).toString('hex')
  const bucket = `sluice-test-${suffix}`
  const dataset = `sluice_test_${suffix}`
  const saved = {...process.env}
  let cloud: LocalCloud | undefined
  let project: string
  let storage: Storage
  let bigquery: BigQuery

  before(async () => {
    if (local) {
      cloud = await startLocalCloud()
      Object.assign(process.env, cloud.env)
    }
    project = local ? cloud!.project : process.env['SLUICE_TEST_PROJECT']!
    process.env['GOOGLE_CLOUD_PROJECT'] = project
    storage = new Storage({projectId: project})
    bigquery = new BigQuery({projectId: project})
    await storage.createBucket(bucket)
    await bigquery.createDataset(dataset)
    // beforehand: in a table's first minutes BigQuery may not see it
    for (const table of TABLES) await bigquery.dataset(dataset).createTable(table, {schema: SCHEMA})
    const put = (name: string, content: Buffer | string) =>
      storage.bucket(bucket).file(name).save(content, {resumable: false})
    await put('in/part-1.csv', `id,text,at\n${lines(0, COUNT / 2)}`)
    await put('in/part-2.csv.gz', gzipSync(`id,text,at\n${lines(COUNT / 2, COUNT)}`))
  })

  // what was created is deleted, whatever has failed, and one failure does not leave the other behind
  after(async () => {
    try {
      if (!storage) return
      const done = await Promise.allSettled([
        storage
          .bucket(bucket)
          .deleteFiles({force: true})
          .then(() => storage.bucket(bucket).delete()),
        bigquery.dataset(dataset).delete({force: true}),
      ])
      for (const result of done) if (result.status === 'rejected') throw result.reason
    } finally {
      await cloud?.close()
      for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name]
      Object.assign(process.env, saved)
    }
  })

  const counts = async (table: string) => {
    const sql = `SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM \`${project}.${dataset}.${table}\``
    const [[row]] = await bigquery.query(sql)
    return {rows: Number(row.n), ids: Number(row.ids)}
  }
  /** Streamed rows can be queried within seconds, not at once. */
  const expectAll = async (table: string) => {
    for (let tries = 0; !local && tries < 30 && (await counts(table)).rows < COUNT; tries++) await pause(3000)
    expect(await counts(table)).to.deep.equal({rows: COUNT, ids: COUNT})
  }
  const sink = (table: string) => writeToBigQuery<Row>({table: `${project}.${dataset}.${table}`, schema: SCHEMA})
  const pattern = `gs://${bucket}/in/part-*`

  const text = () => pipeline(readFromText(pattern, {skipHeaderLines: 1}), new Parse(), sink('text'))
  const csv = () => {
    const toRow = map((record: Record<string, string>) => ({...record, id: Number(record['id'])}) as unknown as Row)
    return pipeline(readFromCsv<Record<string, string>>(pattern), toRow, sink('csv'))
  }

  it('writes every line once, and a run right after adds none', async () => {
    await text()
    await text()
    await expectAll('text')
  })

  it('writes every CSV record once, and a run right after adds none', async () => {
    await csv()
    await csv()
    await expectAll('csv')
  })

  it('fails with a clear error for a missing object, a missing bucket and a missing dataset', async () => {
    const fail = async (run: Promise<unknown>): Promise<string> => {
      try {
        await run
      } catch (error) {
        return (error as SluiceError).code
      }
      return 'it did not fail'
    }
    expect(await fail(readFromText(`gs://${bucket}/missing.csv`).toArray())).to.equal('ERR_SLUICE_NO_MATCH')
    expect(await fail(readFromText(`gs://${bucket}-missing/*.csv`).toArray())).to.equal('ERR_SLUICE_NOT_FOUND')
    const lost = writeToBigQuery<Row>({table: `${project}.${dataset}_missing.t`, schema: SCHEMA})
    const run = pipeline(readFromText(pattern, {skipHeaderLines: 1}), new Parse(), lost)
    expect(await fail(run)).to.equal('ERR_SLUICE_NOT_FOUND')
  })
})
