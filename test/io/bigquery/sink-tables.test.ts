import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import type {FailedRow} from '../../../lib/batching/index.ts'
import {failure, until} from '../../batching/manual-clock.ts'
import {LocalBigQuery, rows, SCHEMA} from './local-bigquery.ts'

describe('writeToBigQuery: the table', () => {
  const local = new LocalBigQuery()

  const metadata = async () => (await local.client.dataset('d').table(local.table).getMetadata())[0]

  it('is created with partitioning, clustering, labels and expiry', async () => {
    const sink = local.sink({
      schema: 'id:STRING,total:FLOAT,day:DATE',
      create: {
        timePartitioning: {type: 'DAY', field: 'day'},
        clustering: ['id'],
        labels: {team: 'orders'},
        expirationTime: 1_900_000_000_000,
      },
    })
    await local.write([{id: 'a', total: 1, day: '2023-11-14'}], sink)
    expect(await metadata()).to.deep.include({
      timePartitioning: {type: 'DAY', field: 'day'},
      clustering: {fields: ['id']},
      labels: {team: 'orders'},
      expirationTime: '1900000000000',
    })
  })

  it('is created with ranges of an integer', async () => {
    const range = {start: 0, end: 100, interval: 10}
    const create = {rangePartitioning: {field: 'n', range}}
    await local.write([{n: 5}], local.sink({schema: 'n:INTEGER', create}))
    expect((await metadata()).rangePartitioning.field).to.equal('n')
  })

  it('is left as it is when it exists', async () => {
    await local.create()
    await local.write(rows(2), local.sink({create: {labels: {a: 'b'}}}))
    expect((await metadata()).labels).to.equal(undefined)
    expect(local.calls('tables.insert')).to.equal(0)
    expect(local.calls('tables.delete')).to.equal(0)
  })

  it('may be created by two sinks at once', async () => {
    await Promise.all([local.write(rows(10)), local.write(rows(10))])
    expect(await local.count()).to.equal(20)
  })

  it('may be unknown to insertAll for some minutes after its creation', async () => {
    local.fault({kind: 'tableNotFoundAfterCreate', ms: 5 * 60_000})
    const sink = local.sink()
    await local.write(rows(3), sink)
    expect(await local.count()).to.equal(3)
    expect(local.clock.skipped.reduce((sum, ms) => sum + ms, 0)).to.be.within(300_000, 332_000)
  })

  it('is given up when insertAll does not know it 10 minutes after its creation', async () => {
    local.fault({kind: 'tableNotFoundAfterCreate', ms: 60 * 60_000})
    const error = await failure(local.write(rows(3)))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND'})
    expect(local.clock.skipped.reduce((sum, ms) => sum + ms, 0)).to.be.within(568_000, 600_001)
  })

  it('that vanishes is an error at once, and is never created again', async () => {
    await local.create()
    const sink = local.sink()
    sink.write(rows(1)[0])
    await sink.flush()
    await local.client.dataset('d').table(local.table).delete()
    const error = await failure(local.write(rows(1, 1), sink))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND'})
    expect(local.clock.skipped).to.deep.equal([])
    expect(local.calls('tables.insert')).to.equal(0)
  })

  it('gives its own schema when none is given, and its types count', async () => {
    await local.create('id:INTEGER,seen:TIMESTAMP')
    await local.write([{id: 5n, seen: new Date('2024-01-31T12:00:00Z')}], local.sink({schema: undefined as never}))
    const [row] = await local.query<{seen: {value: string}}>('SELECT seen')
    expect(row!.seen.value).to.equal('2024-01-31T12:00:00.000Z')
  })

  it('missing, without a schema: an error with both spellings of one', async () => {
    const error = await failure(local.write(rows(1), local.sink({schema: undefined as never})))
    expect(error).to.include({code: 'ERR_SLUICE_SCHEMA', stage: 'writeToBigQuery'})
    expect(error.message).to.contain("`schema: 'name:STRING,total:FLOAT'`").and.contain('{fields: [')
  })

  it('missing, with CREATE_NEVER: an error that says so', async () => {
    for (const schema of [SCHEMA, undefined as never]) {
      const error = await failure(local.write(rows(1), local.sink({schema, createDisposition: 'CREATE_NEVER'})))
      expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND'})
      expect(error.message).to.contain(`local-project.d.${local.table}`).and.contain('CREATE_IF_NEEDED')
    }
  })

  it('is not asked for at all with a schema and CREATE_NEVER', async () => {
    await local.create()
    await local.write(rows(2), local.sink({createDisposition: 'CREATE_NEVER'}))
    expect(local.calls('tables.get')).to.equal(0)
    expect(await local.count()).to.equal(2)
  })

  it('may be named with a partition decorator', async () => {
    await local.client.dataset('d').createTable(local.table, {schema: SCHEMA, timePartitioning: {type: 'DAY'}})
    const today = new Date(local.clock.now()).toISOString().slice(0, 10).replaceAll('-', '')
    await local.write(rows(2), local.sink({table: `d.${local.table}$${today}`}))
    expect(await local.count()).to.equal(2)
  })

  it('rejects rows for a partition out of bounds, and reports it', async () => {
    await local.client.dataset('d').createTable(local.table, {schema: SCHEMA, timePartitioning: {type: 'DAY'}})
    const error = await failure(local.write(rows(2), local.sink({table: `d.${local.table}$20200101`})))
    expect(error).to.include({code: 'ERR_SLUICE_BATCH'})
    expect(error.message).to.contain('the last 31 days').and.contain('load job')
  })
})

describe('writeToBigQuery: a schema that changes', () => {
  const local = new LocalBigQuery()
  const wider = (from: number, count: number) => rows(count, from).map(row => ({...row, country: 'DE'}))

  it('a column added in the middle of a run is found by reading the schema again', async () => {
    await local.create()
    const sink = local.sink()
    for (const row of rows(2)) sink.write(row)
    await sink.flush()
    await local.addColumn('country', 'STRING')
    await local.write(wider(2, 3), sink)
    expect(await local.query('SELECT COUNT(country) AS n, COUNT(*) AS m')).to.deep.equal([{n: 3, m: 5}])
  })

  it('the schema is read again at most once a minute', async () => {
    await local.create()
    const sink = local.sink()
    const failed = sink.failedRows().resume()
    const write = async (list: object[]) => {
      for (const row of list) sink.write(row)
      await sink.flush()
    }
    await write(wider(0, 50))
    expect(local.calls('tables.get')).to.equal(2)
    await write(wider(0, 50))
    expect(local.calls('tables.get')).to.equal(2)
    local.clock.advance(60_000)
    await write(wider(0, 50))
    expect(local.calls('tables.get')).to.equal(3)
    expect(sink.info.metrics.extra).to.include({rejected: 150})
    failed.on('error', () => {})
    sink.destroy()
  })

  it('a field that the table has and insertAll still refuses is retried for up to 5 minutes', async () => {
    await local.create()
    const sink = local.sink()
    sink.write(rows(1)[0])
    await sink.flush()
    await local.addColumn('country', 'STRING')
    local.fault({kind: 'staleSchema', ms: 4 * 60_000})
    await local.write(wider(1, 2), sink)
    expect(await local.query('SELECT COUNT(country) AS n')).to.deep.equal([{n: 2}])
    expect(local.clock.skipped.reduce((sum, ms) => sum + ms, 0)).to.be.within(240_000, 272_000)
  })

  it('a field that insertAll refuses for longer is a reject', async () => {
    await local.create()
    const sink = local.sink()
    sink.write(rows(1)[0])
    await sink.flush()
    await local.addColumn('country', 'STRING')
    local.fault({kind: 'staleSchema', ms: 60 * 60_000})
    const error = await failure(local.write(wider(1, 2), sink))
    expect(error).to.include({code: 'ERR_SLUICE_BATCH', count: 2})
    expect(error.message).to.contain('no such field: country')
    expect(local.clock.skipped.reduce((sum, ms) => sum + ms, 0)).to.be.within(299_000, 300_000)
  })

  it("onUnknownField: 'ignore' leaves the field out, and counts it", async () => {
    await local.create()
    const sink = local.sink({onUnknownField: 'ignore'})
    await local.write(wider(0, 5), sink)
    expect(await local.count()).to.equal(5)
    expect(sink.info.metrics.extra).to.include({ignoredFields: 5, rejected: 0})
    expect(local.calls('tables.get')).to.equal(2)
  })

  it("onUnknownField: 'ignore' still writes a column that was added in the middle of a run", async () => {
    await local.create()
    const sink = local.sink({onUnknownField: 'ignore'})
    sink.write(rows(1)[0])
    await sink.flush()
    await local.addColumn('country', 'STRING')
    await local.write(wider(1, 2), sink)
    expect(await local.query('SELECT COUNT(country) AS n')).to.deep.equal([{n: 2}])
  })

  it('a schema that may not be read again leaves the known one in force', async () => {
    await local.create()
    const sink = local.sink({createDisposition: 'CREATE_NEVER'})
    const failed: FailedRow[] = []
    const reading = pipeline(sink.failedRows(), async list => {
      for await (const row of list) failed.push(row as FailedRow)
    })
    local.cloud.permissions = ['bigquery.tables.updateData']
    await Promise.all([reading, local.write([...rows(1), ...wider(1, 1)], sink)])
    expect(failed[0]!.errors[0]).to.include({location: 'country', message: 'no such field: country'})
    local.cloud.permissions = undefined
    expect(await local.count()).to.equal(1)
  })

  it('a batch waits for its maxDelay while a schema is being read', async () => {
    await local.create()
    local.fault({kind: 'delay', ms: 20}, {match: {call: 'tables.get'}, nth: 2})
    const sink = local.sink()
    const failed = sink.failedRows().resume()
    sink.write(rows(1)[0])
    sink.write(wider(1, 1)[0])
    await until(() => local.clock.set.includes(1000))
    local.clock.advance(1000)
    await until(() => sink.info.metrics.extra['rows'] === 1)
    failed.on('error', () => {})
    sink.destroy()
  })
})
