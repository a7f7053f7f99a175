import {expect} from 'chai'
import {failure, insertRaw, rowFailures, useBigQuery} from './fixture.ts'

describe('local BigQuery: faults', () => {
  const local = useBigQuery()
  const ids = async () => (await local.rows('SELECT a FROM d.t ORDER BY a')).map(row => row.a)

  it('insertErrors refuses rows by index and lands the others', async () => {
    const table = await local.table('a:INTEGER')
    local.fault('tabledata.insertAll', {
      kind: 'insertErrors',
      rows: [1],
      reason: 'backendError',
      message: 'later',
      location: 'a',
    })
    expect(await rowFailures(table, [{json: {a: 0}}, {json: {a: 1}}, {json: {a: 2}}])).to.deep.equal([
      {index: 1, errors: [{reason: 'backendError', location: 'a', debugInfo: '', message: 'later'}]},
    ])
    expect(await ids()).to.deep.equal([0, 2])
  })

  it('insertErrors refuses rows by a test of the row', async () => {
    const table = await local.table('a:INTEGER')
    local.fault('tabledata.insertAll', {kind: 'insertErrors', rows: row => Number(row.a) > 1, reason: 'timeout'})
    expect(await insertRaw(table, [{a: 1}, {a: 2}])).to.deep.equal({1: 'timeout'})
    expect(await insertRaw(table, [{a: 2}])).to.deep.equal({})
    expect(await ids()).to.deep.equal([1, 2])
  })

  it('does not remember the insertId of a row that a fault refused', async () => {
    const table = await local.table('a:INTEGER')
    local.fault('tabledata.insertAll', {kind: 'insertErrors', rows: [0], reason: 'backendError'})
    await rowFailures(table, [{insertId: 'i', json: {a: 1}}])
    await rowFailures(table, [{insertId: 'i', json: {a: 1}}])
    expect(await ids()).to.deep.equal([1])
  })

  it('commitThenFail lands the rows, and a retry under the same insertIds does not double them', async () => {
    const table = await local.table('a:INTEGER')
    local.fault('tabledata.insertAll', {kind: 'commitThenFail'})
    const rows = [{insertId: 'i', json: {a: 1}}]
    expect(await failure(rowFailures(table, rows))).to.include({code: 503})
    expect(await rowFailures(table, rows)).to.deep.equal([])
    expect(await ids()).to.deep.equal([1])
  })

  it('tableNotFoundAfterCreate gives 404 for so long after the creation', async () => {
    const table = await local.table('a:INTEGER')
    local.fault('tabledata.insertAll', {kind: 'tableNotFoundAfterCreate', ms: 120_000}, 10)
    local.clock.advance(119_999)
    expect(await failure(insertRaw(table, [{a: 1}]))).to.include({
      code: 404,
      message: 'Not found: Table local-project:d.t',
    })
    local.clock.advance(1)
    expect(await insertRaw(table, [{a: 1}])).to.deep.equal({})
  })

  it('staleSchema hides a column that was added less than so long ago', async () => {
    const table = await local.table('a:INTEGER')
    await table.setMetadata({schema: 'a:INTEGER,b:INTEGER'})
    local.fault('tabledata.insertAll', {kind: 'staleSchema', ms: 300_000}, 10)
    expect(await insertRaw(table, [{a: 1}])).to.deep.equal({})
    expect(await insertRaw(table, [{a: 2, b: 2}])).to.deep.equal({0: 'no such field: b.'})
    local.clock.advance(300_000)
    expect(await insertRaw(table, [{a: 3, b: 3}])).to.deep.equal({})
    expect(await ids()).to.deep.equal([1, 3])
  })

  it('job lets a query run on for so many polls', async () => {
    local.fault('jobs.query', {kind: 'job', runningPolls: 2})
    expect(await local.rows('SELECT 1 AS a')).to.deep.equal([{a: 1}])
    expect(local.cloud.log.of({call: 'jobs.getQueryResults'})).to.have.length(3)
  })

  it('job lets a job of jobs.insert be RUNNING for so many polls', async () => {
    local.fault('jobs.insert', {kind: 'job', runningPolls: 2})
    const [job] = await local.bigquery.createQueryJob('SELECT 1 AS a')
    const states: unknown[] = []
    for (let i = 0; i < 3; i++) states.push((await job.getMetadata())[0].status.state)
    expect(states).to.deep.equal(['RUNNING', 'RUNNING', 'DONE'])
  })

  it('job ends a query with an error, with the status that goes with its reason', async () => {
    local.fault('jobs.query', {kind: 'job', error: {reason: 'rateLimitExceeded', message: 'slow down'}})
    const error = await failure(local.rows('SELECT 1'))
    expect(error).to.include({code: 403, message: 'slow down'})
    expect(error.errors[0]?.reason).to.equal('rateLimitExceeded')
  })

  it('job ends a job of jobs.insert with an error result', async () => {
    local.fault('jobs.insert', {kind: 'job', error: {reason: 'backendError', message: 'try again'}})
    const [job] = await local.bigquery.createQueryJob('SELECT 1')
    expect((await failure(job.promise())).message).to.equal('try again')
  })
})
