import {once} from 'node:events'
import {Readable, Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {type BatchError, readFromText, type SluiceError, writeToBigQuery} from 'sluice'
import {failure} from '../batching/manual-clock.ts'
import {Boom, FAULTS, failingJobs, runFailing, styles, TABLES} from './failing-jobs.ts'
import {csv, SCHEMA, ToRow} from './rows.ts'
import {JobCloud, startChild} from './support.ts'

describe('a job that fails for good', () => {
  const job = new JobCloud()
  before(async () => {
    const put = (name: string, content: Buffer | string) =>
      job.storage.bucket('my-bucket').file(`failing/${name}`).save(content, {resumable: false, validation: false})
    await put('lines.csv', csv(3000))
    await put('corrupt.csv', csv(3000))
    await put('damaged.csv.gz', gzipSync(csv(3000)).fill(7, 4000, 5000))
    for (const [table, schema] of Object.entries(TABLES))
      await job.bigquery.dataset('my_dataset').createTable(table, {schema})
  })
  beforeEach(() => {
    for (const rule of FAULTS) job.cloud.faults.add(rule)
  })

  const DEFAULT_NAMES = {Read: 'readFromText', Write: 'writeToBigQuery'} as const

  for (const style of styles)
    for (const failing of failingJobs)
      it(`rejects without waiting for anything, with code, stage, element and cause: ${failing.title} (${style})`, async () => {
        const {run, stages} = runFailing(failing, style)
        const error = (await failure(run)) as unknown as SluiceError
        const {role, code, element} = failing
        const plain = role === 'Work' ? stages.Work.constructor.name : DEFAULT_NAMES[role]
        expect(error).to.include({code, stage: style === 'Pipeline' ? role : plain})
        if (failing.boom) expect(error.cause).to.be.instanceOf(Boom)
        expect(error.element).to.deep.equal(element)
        for (const stage of Object.values(stages)) {
          if (!stage.closed) await once(stage, 'close')
          expect(stage.destroyed).to.equal(true)
        }
      })

  it('rejects with the rows that were refused, their reasons, and how many are in the table', async () => {
    const bad = failingJobs.find(({code}) => code === 'ERR_SLUICE_BATCH')!
    const error = (await failure(runFailing(bad, 'stream.pipeline').run)) as unknown as BatchError
    expect(error.rows).to.have.length(100)
    expect(error.rows[0]!.errors[0]).to.include({location: 'text'})
    expect(error.written).to.equal(0)
  })

  it('rejects with the error of a foreign stream itself', async () => {
    const boom = new Boom('boom')
    const foreign = new Transform({objectMode: true, transform: (_row, _encoding, done) => done(boom)})
    const sink = writeToBigQuery<object>({table: 'my_dataset.good', schema: SCHEMA})
    const error = await failure(pipeline(readFromText('gs://my-bucket/failing/lines.csv'), new ToRow(), foreign, sink))
    expect(error).to.equal(boom)
  })

  it('rejects with the error of a foreign source itself', async () => {
    const boom = new Boom('boom')
    const lines = async function* () {
      yield '1,a'
      throw boom
    }
    const sink = writeToBigQuery<object>({table: 'my_dataset.good', schema: SCHEMA})
    expect(await failure(pipeline(Readable.from(lines()), new ToRow(), sink))).to.equal(boom)
  })

  it('leaves nothing that keeps the process alive, and no unhandled rejection, though the cloud closes no connection', async () => {
    const {code, out, errors} = await startChild('failing.ts').ended
    const all = failingJobs.length * styles.length
    expect({out, errors, code}).to.deep.equal({out: `${all} failed as they should, exit 0\n`, errors: '', code: 0})
  }).timeout(60_000)
})
