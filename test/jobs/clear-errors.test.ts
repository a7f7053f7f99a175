import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {create, readFromText, type SluiceError, writeToBigQuery} from 'sluice'
import {failure, ManualClock} from '../batching/manual-clock.ts'
import {setClock} from './clocks.ts'
import {csv, type Row, SCHEMA, ToRow} from './rows.ts'
import {JobCloud, startChild} from './support.ts'

describe('a job with a mistake in its surroundings fails without a pause, and says what to do', () => {
  const job = new JobCloud()

  /** Runs on clocks that stand still: with a pause before a retry it would never end. */
  const fail = async (pattern: string, table: string, options: object = {}) => {
    const stages = [
      readFromText(pattern),
      new ToRow(),
      writeToBigQuery<Row>({table, schema: SCHEMA, ...options}),
    ] as const
    setClock(new ManualClock(), ...stages)
    return (await failure(pipeline(...stages))) as unknown as SluiceError
  }
  const says = (error: SluiceError, code: string, stage: string, ...words: string[]) => {
    expect(error).to.include({code, stage})
    for (const word of words) expect(error.message).to.contain(word)
    expect(error.cause).to.be.instanceOf(Error)
  }

  it('a missing bucket', async () => {
    const error = await fail('gs://no-such-bucket/*.csv', job.table)
    says(error, 'ERR_SLUICE_NOT_FOUND', 'readFromText', 'gs://no-such-bucket', 'gcloud storage buckets create')
  })

  it('a missing object', async () => {
    const error = await fail('gs://my-bucket/no-such-file.csv', job.table)
    says(error, 'ERR_SLUICE_NO_MATCH', 'readFromText', 'gs://my-bucket/no-such-file.csv', 'gcloud storage ls')
  })

  it('a missing dataset', async () => {
    const error = await fail(await job.put('a.csv', csv(10)), 'no_dataset.t')
    says(error, 'ERR_SLUICE_NOT_FOUND', 'writeToBigQuery', 'no_dataset', 'bq mk --dataset local-project:no_dataset')
  })

  it('a missing table, and none to be created', async () => {
    const error = await fail(await job.put('a.csv', csv(10)), job.table, {createDisposition: 'CREATE_NEVER'})
    says(error, 'ERR_SLUICE_NOT_FOUND', 'writeToBigQuery', job.table, 'CREATE_IF_NEEDED')
  })

  it('a missing table, and no schema to create it', async () => {
    const error = await fail(await job.put('a.csv', csv(10)), job.table, {schema: undefined})
    expect(error).to.include({code: 'ERR_SLUICE_SCHEMA', stage: 'writeToBigQuery'})
    expect(error.message).to.contain(job.table).and.contain("schema: 'name:STRING,total:FLOAT'")
  })

  it('a wrong project', async () => {
    const message = 'Not found: Project no-such-project'
    job.fault('tables.get', {kind: 'status', status: 404, reason: 'notFound', message})
    const error = await fail(await job.put('a.csv', csv(10)), 'no-such-project.d.t')
    says(error, 'ERR_SLUICE_NOT_FOUND', 'writeToBigQuery', 'no-such-project', '`project`')
  })

  it('an API that is not enabled', async () => {
    const message = 'BigQuery API has not been used in project p before or it is disabled.'
    job.fault('tables.get', {kind: 'status', status: 403, reason: 'accessNotConfigured', message})
    const error = await fail(await job.put('a.csv', csv(10)), 'p.d.t')
    says(
      error,
      'ERR_SLUICE_PERMISSION',
      'writeToBigQuery',
      'gcloud services enable bigquery.googleapis.com --project=p',
    )
  })

  it('a project without billing', async () => {
    const message = 'Access Denied: BigQuery BigQuery: Streaming insert is not allowed in the free tier'
    job.fault('tabledata.insertAll', {kind: 'status', status: 403, reason: 'accessDenied', message})
    const error = await fail(await job.put('a.csv', csv(10)), job.table)
    says(error, 'ERR_SLUICE_PERMISSION', 'writeToBigQuery', 'free tier')
  })

  it('a 403 for the objects', async () => {
    const path = await job.put('a.csv', csv(10))
    job.cloud.permissions = ['storage.objects.list']
    const error = await fail(path, job.table)
    says(error, 'ERR_SLUICE_PERMISSION', 'readFromText', path, 'storage.objects.get', 'roles/storage.objectViewer')
  })

  it('a 403 for the table', async () => {
    const path = await job.put('a.csv', csv(10))
    await job.createTable()
    job.cloud.permissions = ['storage.objects.get', 'bigquery.tables.get']
    const error = await fail(path, job.table)
    says(error, 'ERR_SLUICE_PERMISSION', 'writeToBigQuery', job.table, 'bigquery.tables.updateData', 'grant the role')
  })

  it('credentials that are refused', async () => {
    const path = await job.put('a.csv', csv(10))
    const invalid = {kind: 'status', status: 401, reason: 'authError', message: 'Invalid Credentials'} as const
    job.fault('tables.get', invalid)
    const error = await fail(path, job.table)
    says(error, 'ERR_SLUICE_CREDENTIALS', 'writeToBigQuery', 'gcloud auth application-default login')
  })

  it('no dataset named', () => {
    expect(() => writeToBigQuery({table: 't'}))
      .to.throw(/dataset/)
      .with.property('code', 'ERR_SLUICE_OPTION')
  })

  it('nothing for the sink to do: an empty input needs neither table nor dataset', async () => {
    await pipeline(create<Row>([]), writeToBigQuery<Row>({table: 'no_dataset.t', schema: SCHEMA}))
    expect(job.cloud.log.of({service: 'bigquery'})).to.have.length(0)
  })
})

describe('a job without credentials', () => {
  it('fails at once with ERR_SLUICE_CREDENTIALS, for reading and for writing, and uses no network', async () => {
    const home = await mkdtemp(join(tmpdir(), 'sluice-home-'))
    try {
      const env = {PATH: process.env['PATH'], HOME: home, METADATA_SERVER_DETECTION: 'none'}
      const {code, out, errors} = await startChild('no-credentials.ts', [], env).ended
      expect({errors, code}).to.deep.equal({errors: '', code: 0})
      const {failures, tried} = JSON.parse(out) as {failures: SluiceError[]; tried: string[]}
      expect(tried).to.deep.equal([])
      expect(failures.map(({code: c}) => c)).to.deep.equal(Array(failures.length).fill('ERR_SLUICE_CREDENTIALS'))
      expect(failures).to.have.length(4)
      for (const {message} of failures) expect(message).to.contain('gcloud auth application-default login')
    } finally {
      await rm(home, {recursive: true})
    }
  }).timeout(60_000)
})
