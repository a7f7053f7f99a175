import type {Job} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {failure, useBigQuery} from '../fixture.ts'

/** Waits for a job without the client's half second between polls. */
function ended(job: Job): Promise<unknown> {
  job.pollIntervalMs = 5
  return job.promise()
}

describe('local BigQuery: jobs', () => {
  const local = useBigQuery()

  it('runs a query job and says what it was', async () => {
    await local.table('a:INTEGER')
    const [job] = await local.bigquery.createQueryJob('SELECT a FROM d.t')
    await ended(job)
    const [metadata] = await job.getMetadata()
    expect(metadata.status).to.deep.equal({state: 'DONE'})
    expect(metadata.statistics.query).to.include({statementType: 'SELECT'})
    expect(metadata.statistics.query.referencedTables).to.deep.equal([
      {projectId: 'local-project', datasetId: 'd', tableId: 't'},
    ])
  })

  it('ends a job whose query is wrong with an error result', async () => {
    const [job] = await local.bigquery.createQueryJob('SELECT * FROM d.nope')
    expect(await failure(ended(job))).to.include({message: 'Not found: Table local-project:d.nope'})
    const [metadata] = await job.getMetadata()
    expect(metadata.status.errorResult).to.deep.equal({
      reason: 'notFound',
      message: 'Not found: Table local-project:d.nope',
    })
    expect(await failure(job.getQueryResults())).to.include({code: 404})
  })

  it('refuses a second job of the same id with 409 duplicate', async () => {
    await local.bigquery.createQueryJob({query: 'SELECT 1', jobId: 'mine'})
    const error = await failure(local.bigquery.createQueryJob({query: 'SELECT 1', jobId: 'mine'}))
    expect(error).to.include({code: 409, message: 'Already Exists: Job local-project:US.mine'})
    expect(error.errors[0]?.reason).to.equal('duplicate')
  })

  it('says 404 for a job that is not there', async () => {
    expect(await failure(local.bigquery.job('nope').getMetadata())).to.include({
      code: 404,
      message: 'Not found: Job local-project:nope',
    })
  })

  it('runs a query once for several tries with the same requestId', async () => {
    await local.table('a:INTEGER')
    const body = {query: 'INSERT INTO d.t VALUES (1)', useLegacySql: false, requestId: 'r'}
    const post = () =>
      fetch(`${local.cloud.url}/projects/local-project/queries`, {
        method: 'POST',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify(body),
      }).then(reply => reply.json() as Promise<{jobReference: object}>)
    expect((await post()).jobReference).to.deep.equal((await post()).jobReference)
    expect(await local.rows('SELECT count(*) AS n FROM d.t')).to.deep.equal([{n: 1}])
    local.clock.advance(15 * 60_000 + 1)
    await post()
    expect(await local.rows('SELECT count(*) AS n FROM d.t')).to.deep.equal([{n: 2}])
  })

  it('checks a query without running it in a dry run, and keeps no job', async () => {
    await local.table('a:INTEGER,b:STRING')
    const [job] = await local.bigquery.createQueryJob({query: 'SELECT b, a FROM d.t', dryRun: true})
    expect(job.metadata.statistics.query.schema.fields.map((field: {name: string}) => field.name)).to.deep.equal([
      'b',
      'a',
    ])
    expect((await local.bigquery.getJobs())[0]).to.have.length(0)
    await local.bigquery.createQueryJob({query: 'INSERT INTO d.t VALUES (1, NULL)', dryRun: true})
    expect(await local.rows('SELECT count(*) AS n FROM d.t')).to.deep.equal([{n: 0}])
    const error = await failure(local.bigquery.createQueryJob({query: 'SELECT c FROM d.t', dryRun: true}))
    expect(error.errors[0]?.reason).to.equal('invalidQuery')
  })

  it('lists jobs, the newest first', async () => {
    for (const jobId of ['one', 'two']) await local.bigquery.createQueryJob({query: 'SELECT 1', jobId})
    const [jobs] = await local.bigquery.getJobs()
    expect(jobs.map(job => job.id)).to.deep.equal(['two', 'one'])
  })

  it('cancels a running query', async () => {
    const [job] = await local.bigquery.createQueryJob(
      'SELECT sum(a.i * b.i) FROM range(1000000) a(i), range(1000000) b(i)',
    )
    const [{job: cancelled}] = await job.cancel()
    expect(cancelled?.status?.errorResult?.reason).to.equal('stopped')
    expect((await failure(ended(job))).message).to.match(/cancelled/)
  })

  it('answers jobs.query with jobComplete false when the query outlasts timeoutMs', async () => {
    const error = await failure(
      local.bigquery.query('SELECT sum(a.i * b.i) FROM range(1000000) a(i), range(1000000) b(i)', {timeoutMs: 1}),
    )
    expect(error.message).to.equal('The query did not complete before 1ms')
    const [[job]] = await local.bigquery.getJobs()
    await job?.cancel()
  })

  for (const [what, configuration] of [
    ['load', {load: {sourceUris: ['gs://b/o']}}],
    ['copy', {copy: {}}],
    ['extract', {extract: {}}],
  ] as const)
    it(`refuses a ${what} job, saying that it is not supported`, async () => {
      const error = await failure(local.bigquery.createJob({configuration: configuration as object}))
      expect(error).to.include({code: 400, message: `local emulator: a ${what} job is not supported`})
    })

  it('refuses an uploaded load job, saying that it is not supported', async () => {
    const table = await local.table('a:STRING')
    const stream = table.createWriteStream('json')
    stream.on('error', () => {}).end('{"a": "x"}\n')
    const [error] = await new Promise<Error[]>(resolve => stream.on('error', (...e) => resolve(e)))
    expect(error?.message).to.match(/local emulator: a load job \(upload\) is not supported/)
  })

  describe('with a destination table', () => {
    const write = async (query: string, options: object = {}) => {
      const [job] = await local.bigquery.createQueryJob({
        query,
        destination: local.bigquery.dataset('d').table('out'),
        ...options,
      })
      await ended(job)
      return job
    }

    it('makes the table from the result, and gives its rows', async () => {
      const job = await write('SELECT 1 AS a, [1.5] AS l')
      expect((await job.getQueryResults())[0]).to.have.length(1)
      const [metadata] = await local.bigquery.dataset('d').table('out').getMetadata()
      expect(metadata.schema.fields).to.deep.equal([
        {name: 'a', type: 'INTEGER', mode: 'NULLABLE'},
        {name: 'l', type: 'FLOAT', mode: 'REPEATED'},
      ])
    })

    it('refuses a table with rows by default', async () => {
      await write('SELECT 1 AS a')
      expect((await failure(write('SELECT 1 AS a'))).message).to.equal('Already Exists: Table local-project:d.out')
    })

    it('appends by the names of columns', async () => {
      await write('SELECT 1 AS a, 2 AS b')
      await write('SELECT 3 AS b, 4 AS a', {writeDisposition: 'WRITE_APPEND'})
      expect(await local.rows('SELECT * FROM d.out ORDER BY a')).to.deep.equal([
        {a: 1, b: 2},
        {a: 4, b: 3},
      ])
    })

    it('replaces rows and schema with WRITE_TRUNCATE', async () => {
      await write('SELECT 1 AS a')
      await write("SELECT 'x' AS b", {writeDisposition: 'WRITE_TRUNCATE'})
      expect(await local.rows('SELECT * FROM d.out')).to.deep.equal([{b: 'x'}])
    })

    it('leaves the old table as it was when the query fails', async () => {
      await write('SELECT 1 AS a')
      const bad = "SELECT CAST(x AS INT64) AS a FROM (SELECT 'x' AS x)"
      await failure(write(bad, {writeDisposition: 'WRITE_TRUNCATE'}))
      expect(await local.rows('SELECT * FROM d.out')).to.deep.equal([{a: 1}])
    })

    it('says 404 with CREATE_NEVER when there is no table', async () => {
      const error = await failure(write('SELECT 1 AS a', {createDisposition: 'CREATE_NEVER'}))
      expect(error.message).to.equal('Not found: Table local-project:d.out')
    })
  })
})
