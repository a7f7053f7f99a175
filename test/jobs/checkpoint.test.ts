import {setImmediate as turn} from 'node:timers/promises'
import {expect} from 'chai'
import {map, Pipeline, readFromText, type Sink, SluiceError, silentLogger, writeToBigQuery} from 'sluice'
import {killedBatch} from '../../bench/chaos/batch-scenario.ts'
import {World} from '../../bench/chaos/world.ts'
import {Kept, rejection} from '../pipeline/support.ts'
import {JobCloud} from './support.ts'

/** The short form of `npm run chaos:batch`. */
describe('the batch job with a checkpoint, in chaos', () => {
  let world: World
  let saved: string | undefined

  before(async () => {
    saved = process.env['METADATA_SERVER_DETECTION']
    world = await World.start(undefined, true)
  })
  after(async () => {
    await world.close()
    if (saved === undefined) delete process.env['METADATA_SERVER_DETECTION']
    else process.env['METADATA_SERVER_DETECTION'] = saved
  })

  it('loses nothing and doubles nothing when it is killed three times', async () => {
    const {lost, duplicates, stored, broken} = await killedBatch(world, {
      rows: 4000,
      kills: 3,
      seed: 5,
      checkpoint: 'gs',
    })
    expect({lost, duplicates, stored, broken}).to.deep.equal({lost: 0, duplicates: 0, stored: 4000, broken: []})
  }).timeout(120_000)

  it('doubles no more than was not noted when BigQuery has forgotten the rows', async () => {
    const scenario = {rows: 4000, kills: 1, seed: 7, checkpoint: 'local', forgetful: true} as const
    const {lost, broken} = await killedBatch(world, scenario)
    expect({lost, broken}).to.deep.equal({lost: 0, broken: []})
  }).timeout(120_000)
})

describe('a checkpoint on Cloud Storage', () => {
  const job = new JobCloud()
  const run = (path: string, input: string, sink: Sink<string>) => {
    const p = new Pipeline({name: 'job', logger: silentLogger})
    p.apply('Read', readFromText(input)).apply('Write', sink)
    return p.run({checkpoint: path})
  }
  const content = async (path: string) => {
    const [bytes] = await job.storage.bucket('my-bucket').file(path.replace('gs://my-bucket/', '')).download()
    return JSON.parse(String(bytes)) as {complete: boolean; sources: {Read: {files: Record<string, {length: number}>}}}
  }
  const lengthOf = async (path: string, input: string) => (await content(path)).sources.Read.files[input]?.length

  it('is made, replaced, and found again', async () => {
    const input = await job.put('a.txt', 'a\nb\n')
    const path = `gs://my-bucket/${job.name}/[job] *.checkpoint`
    await run(path, input, new Kept())
    expect(await content(path)).to.include({complete: true})
    const again = new Kept<string>()
    await run(path, input, again)
    expect(again.values).to.deep.equal([])
    expect(await content(path)).to.include({complete: true})
  })
  it('is what all rows of a job to BigQuery are counted by', async () => {
    const input = await job.put('a.txt', Array.from({length: 3000}, (_, id) => `${id}`).join('\n'))
    const path = `gs://my-bucket/${job.name}/job.checkpoint`
    for (let time = 0; time < 2; time++) {
      const p = new Pipeline({name: 'job', logger: silentLogger})
      p.apply('Read', readFromText(input))
        .apply(
          'Row',
          map(id => ({id})),
        )
        .apply('Write', writeToBigQuery({table: job.table, schema: 'id:STRING'}))
      await p.run({checkpoint: path})
    }
    expect(await job.counts()).to.deep.equal({rows: 3000, ids: 3000})
    expect(await content(path)).to.include({complete: true})
  })
  it('is never written over what another run has written', async () => {
    const input = await job.put('a.txt', 'a\nb\n')
    const path = `gs://my-bucket/${job.name}/job.checkpoint`
    class Meddling extends Kept<string> {
      override async writeBundle() {
        // nothing is left for the first run to note
        while ((await lengthOf(path, input)) !== 4) await turn()
        await run(path, input, new Kept())
      }
    }
    const error = await rejection(run(path, input, new Meddling()))
    expect(error).to.be.instanceOf(SluiceError).and.include({code: 'ERR_SLUICE_CHECKPOINT'})
    expect(error.message).to.include('was written by another run in the meantime')
    expect(await content(path)).to.include({complete: true})
  })
  it('survives answers that are lost', async () => {
    const input = await job.put('a.txt', 'a\nb\n')
    const path = `gs://my-bucket/${job.name}/job.checkpoint`
    job.fault('uploads.put', {kind: 'commitThenFail', with: 'reset'}, {nth: [1, 2]})
    const kept = new Kept<string>()
    await run(path, input, kept)
    expect(kept.values).to.deep.equal(['a', 'b'])
    expect(job.cloud.log.of({call: 'uploads.put'}).flatMap(({faults}) => faults)).to.have.length(2)
    expect(await content(path)).to.include({complete: true})
  })
  it('works with exactly the permissions that docs/permissions.md names', async () => {
    const input = await job.put('a.txt', 'a\nb\n')
    const path = `gs://my-bucket/${job.name}/job.checkpoint`
    const needed = ['get', 'list', 'create', 'delete'].map(verb => `storage.objects.${verb}`)
    for (const missing of needed) {
      job.cloud.permissions = needed.filter(name => name !== missing)
      const error = await rejection(run(path, input, new Kept()))
      expect(error).to.include({code: 'ERR_SLUICE_PERMISSION'})
      expect(error.message).to.include(missing)
      job.cloud.permissions = undefined
      await job.storage.bucket('my-bucket').file(`${job.name}/job.checkpoint`).delete({ignoreNotFound: true})
    }
    job.cloud.permissions = needed
    await run(path, input, new Kept())
    job.cloud.permissions = undefined
    expect(await content(path)).to.include({complete: true})
  })
  it('fails before anything is read when its bucket is not there', async () => {
    const input = await job.put('a.txt', 'a\nb\n')
    job.cloud.log.clear()
    const error = await rejection(run('gs://no-such-bucket/job.checkpoint', input, new Kept()))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND'})
    expect(job.calls('objects.media')).to.equal(0)
  })
})
