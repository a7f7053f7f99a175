import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {type BigQueryWriteOptions, map, readFromText, silentLogger, writeToBigQuery} from 'sluice'
import type {FaultAction, FaultRule} from 'sluice/emulators'
import type {ManualClock} from '../batching/manual-clock.ts'
import {leapingClock, setClock} from './clocks.ts'
import {csv, type Row, SCHEMA, ToRow} from './rows.ts'
import {JobCloud} from './support.ts'

// a leap over one batch's pause is no time for the requests of the others: their deadlines must not pass with it
const patient = {logger: silentLogger, requestTimeout: '1h'} as const

describe('a batch job whose services fail now and then has exactly the rows of its input in the table', () => {
  const job = new JobCloud()
  const COUNT = 4000
  let clock: ManualClock
  let reading: ManualClock
  beforeEach(() => {
    reading = leapingClock()
    clock = leapingClock()
  })

  /** Runs the job over files of 4,000 rows in all, with pauses that take no time. */
  const run = async (options: Partial<BigQueryWriteOptions<Row>> = {}) => {
    await job.put('lines-1.csv', csv(COUNT / 2))
    await job.put('lines-2.csv', csv(COUNT / 2, COUNT / 2))
    const source = readFromText(`gs://my-bucket/${job.name}/*.csv`, {logger: silentLogger})
    const sink = writeToBigQuery<Row>({table: job.table, schema: SCHEMA, ...patient, ...options})
    const row = new ToRow({logger: silentLogger})
    // clocks of their own: a leap of one must not look like a silent connection to the other
    setClock(reading, source)
    setClock(clock, row, sink)
    await pipeline(source, row, sink)
    return sink.info.metrics.extra
  }
  const all = {rows: COUNT, ids: COUNT}

  const insertFaults: [string, FaultAction, Partial<FaultRule>][] = [
    ['503s', {kind: 'status', status: 503}, {probability: 0.4, seed: 7, times: 6}],
    ['500s with an HTML page', {kind: 'status', status: 500, body: 'html'}, {nth: [1, 2, 5]}],
    ['resets before the request is carried out', {kind: 'reset'}, {nth: [1, 3, 4]}],
    ['answers cut short', {kind: 'truncate', afterBytes: 10}, {nth: [2, 3]}],
    ['answers lost after the commit (503)', {kind: 'commitThenFail'}, {nth: [1, 4, 7]}],
    ['answers lost after the commit (reset)', {kind: 'commitThenFail', with: 'reset'}, {nth: [1, 4, 7]}],
    ['413s', {kind: 'status', status: 413, body: 'html'}, {nth: [1, 3]}],
    [
      '400s for the size',
      {kind: 'status', status: 400, reason: 'badRequest', message: 'Request payload size exceeds the limit'},
      {nth: [2]},
    ],
    ...['backendError', 'internalError', 'timeout', 'rateLimitExceeded', 'stopped'].map(
      (reason): [string, FaultAction, Partial<FaultRule>] => [
        `rows refused for now with ${reason}`,
        {kind: 'insertErrors', rows: (_, i) => i % 7 === 3, reason},
        {nth: [1, 2, 5]},
      ],
    ),
  ]
  for (const [name, action, when] of insertFaults)
    it(`insertAll: ${name}`, async () => {
      await job.createTable()
      job.fault('tabledata.insertAll', action, when)
      await run()
      expect(await job.counts()).to.deep.equal(all)
      const faults = job.cloud.log.of({call: 'tabledata.insertAll'}).filter(entry => entry.faults.length > 0)
      expect(faults).to.have.length.above(0)
    })

  it('insertAll: 429 with Retry-After, which is waited for', async () => {
    await job.createTable()
    const headers = {'Retry-After': '41'}
    job.fault('tabledata.insertAll', {kind: 'status', status: 429, reason: 'rateLimitExceeded', headers}, {nth: [2, 3]})
    await run()
    expect(await job.counts()).to.deep.equal(all)
    expect(clock.skipped).to.deep.equal([41_000, 41_000])
  })

  it('insertAll: 404 for two minutes after this run has created the table', async () => {
    job.now = () => clock.now()
    job.fault('tabledata.insertAll', {kind: 'tableNotFoundAfterCreate', ms: 120_000})
    const {retries} = await run()
    expect(await job.counts()).to.deep.equal(all)
    expect(retries).to.be.above(2)
  })

  it('insertAll: a column that was added in the middle of a run, and that it does not know for two minutes', async () => {
    await job.createTable()
    await job.put('lines.csv', csv(COUNT))
    job.now = () => clock.now()
    job.fault('tabledata.insertAll', {kind: 'staleSchema', ms: 120_000})
    const source = readFromText(`gs://my-bucket/${job.name}/lines.csv`)
    const table = job.bigquery.dataset('my_dataset').table(job.name)
    let added = false
    // the table's schema is what the sink knows at first; half way a column is added and rows begin to have it
    const widen = map(
      async (row: Row) => {
        if (row.id < COUNT / 2) return row
        if (!added) {
          const [{schema}] = await table.getMetadata()
          await table.setMetadata({schema: {fields: [...schema.fields, {name: 'extra', type: 'STRING'}]}})
          added = true
        }
        return {...row, extra: 'x'}
      },
      {logger: silentLogger},
    )
    const sink = writeToBigQuery<Row>({table: job.table, ...patient})
    const row = new ToRow({logger: silentLogger})
    // the column's age is counted on the cloud's clock: tables are made long before the run
    clock.advance(3_600_000)
    setClock(reading, source)
    setClock(clock, row, widen, sink)
    await pipeline(source, row, widen, sink)
    expect(await job.counts()).to.deep.equal(all)
    const [[{n}]] = await job.bigquery.query(`SELECT COUNT(extra) AS n FROM \`${job.table}\``)
    expect(n).to.equal(COUNT / 2)
    expect(sink.info.metrics.extra).to.include({rejected: 0})
  })

  it('tables.get and tables.insert: 503s, a reset, a lost answer', async () => {
    job.fault('tables.get', {kind: 'status', status: 503}, {nth: 1})
    job.fault('tables.get', {kind: 'reset'}, {nth: 2})
    job.fault('tables.insert', {kind: 'commitThenFail', with: 'reset'}, {nth: 1})
    await run()
    expect(await job.counts()).to.deep.equal(all)
  })

  it('objects.list and objects.media: 503s, 429 with Retry-After, resets', async () => {
    job.fault('objects.list', {kind: 'status', status: 503}, {nth: 1})
    job.fault('objects.list', {kind: 'reset'}, {nth: 2})
    job.fault('objects.media', {kind: 'status', status: 429, headers: {'Retry-After': '17'}}, {nth: 1})
    job.fault('objects.media', {kind: 'reset'}, {nth: 2})
    job.fault('objects.media', {kind: 'status', status: 503, body: 'html'}, {nth: 4})
    await run()
    expect(await job.counts()).to.deep.equal(all)
    expect(reading.skipped).to.include(17_000)
  })

  it('everything at once', async () => {
    job.fault('objects.media', {kind: 'reset', afterBytes: 9000}, {probability: 0.5, seed: 3, times: 8})
    job.fault('tabledata.insertAll', {kind: 'status', status: 503}, {every: 3})
    job.fault('tabledata.insertAll', {kind: 'commitThenFail', with: 'reset'}, {every: 4})
    job.fault('tabledata.insertAll', {kind: 'insertErrors', rows: [0, 1, 99], reason: 'backendError'}, {every: 5})
    job.fault('tables.insert', {kind: 'commitThenFail'}, {nth: 1})
    await run({maxRows: 200})
    expect(await job.counts()).to.deep.equal(all)
  })

  it('one row in 500 that is invalid: 499 land, one goes to the dead letter, in at most 2 requests', async () => {
    await job.createTable()
    const path = await job.put('lines.csv', csv(500).replace('\n250,', '\nno number,'))
    const bad = map((line: string) => {
      const [id = '', text = ''] = line.split(',')
      return {id, text}
    })
    const sink = writeToBigQuery<object>({table: job.table, schema: SCHEMA})
    const failed = sink.failedRows().toArray()
    await pipeline(readFromText(path), bad, sink)
    expect(await job.counts()).to.deep.equal({rows: 499, ids: 499})
    const [{row, errors}] = (await failed) as [{row: unknown; errors: {reason: string; location: string}[]}]
    expect(row).to.deep.equal({id: 'no number', text: 'word250'})
    expect(errors[0]).to.include({reason: 'invalid', location: 'id'})
    expect(job.calls('tabledata.insertAll')).to.be.at.most(2)
  })
})
