import {expect} from 'chai'
import type {FaultAction} from '../../../lib/emulators/index.ts'
import {failure, until} from '../../batching/manual-clock.ts'
import {LocalBigQuery, rows} from './local-bigquery.ts'

describe('writeToBigQuery: retries', () => {
  const local = new LocalBigQuery()
  const passing: [string, FaultAction][] = [
    ['HTTP 503', {kind: 'status', status: 503, reason: 'backendError'}],
    ['HTTP 500', {kind: 'status', status: 500, reason: 'internalError'}],
    ['HTTP 429', {kind: 'status', status: 429, reason: 'rateLimitExceeded'}],
    ['HTTP 403 rateLimitExceeded', {kind: 'status', status: 403, reason: 'rateLimitExceeded'}],
    ['HTTP 403 quotaExceeded', {kind: 'status', status: 403, reason: 'quotaExceeded'}],
    ['an HTML page with 502', {kind: 'status', status: 502, body: 'html'}],
    ['a reset', {kind: 'reset'}],
    ['an answer that is cut', {kind: 'truncate', afterBytes: 5}],
    ['a lost answer (503 after the commit)', {kind: 'commitThenFail', with: 503}],
    ['a lost answer (reset after the commit)', {kind: 'commitThenFail', with: 'reset'}],
  ]
  for (const [name, action] of passing) {
    it(`survive ${name}: the same rows under the same ids, each once in the table`, async () => {
      await local.create()
      local.fault(action, {nth: [1, 2]})
      const sink = local.sink()
      await local.write(rows(20), sink)
      expect(await local.count()).to.equal(20)
      expect(local.inserts).to.have.length(3)
      for (const {requestBytes, insertIds} of local.inserts) {
        expect(requestBytes).to.equal(local.inserts[2]!.requestBytes)
        // The log knows the ids of those requests that the service has seen
        if (insertIds) expect(insertIds).to.deep.equal(local.inserts[2]!.insertIds)
      }
      expect(sink.info.metrics.extra).to.include({rows: 20, batches: 1, retries: 2})
    })
  }

  it('back off between 1 and 32 seconds', async () => {
    await local.create()
    local.fault({kind: 'status', status: 503}, {times: 8})
    await local.write(rows(1))
    expect(local.clock.skipped).to.have.length(8)
    for (const pause of local.clock.skipped) expect(pause).to.be.within(1000, 32_000)
  })

  it('wait as long as Retry-After asks', async () => {
    await local.create()
    local.fault({kind: 'status', status: 429, headers: {'Retry-After': '77'}}, {nth: 1})
    await local.write(rows(1))
    expect(local.clock.skipped).to.deep.equal([77_000])
  })

  it('give a silent request up at its own deadline', async () => {
    await local.create()
    local.fault({kind: 'hang'}, {nth: 1})
    const sink = local.sink({requestTimeout: '20s'})
    const running = local.write(rows(5), sink)
    await until(() => local.inserts.length === 1)
    local.clock.advance(20_000)
    await running
    expect(await local.count()).to.equal(5)
    expect(sink.info.metrics.extra).to.include({retries: 1})
  })

  for (const reason of ['backendError', 'internalError', 'timeout', 'rateLimitExceeded', 'stopped']) {
    it(`send only the rows again that were refused with ${reason}, under their ids`, async () => {
      await local.create()
      local.fault({kind: 'insertErrors', rows: [1, 3], reason}, {nth: 1})
      await local.write(rows(5))
      const [first, second] = local.inserts
      expect(second!.insertIds).to.deep.equal([first!.insertIds[1], first!.insertIds[3]])
      expect(await local.count()).to.equal(5)
    })
  }

  it('are said in the log when they have lasted for 10 seconds, and not before', async () => {
    await local.create()
    local.fault({kind: 'status', status: 503, message: 'too busy'}, {times: 8})
    await local.write(rows(3))
    const warned = local.warnings.length
    expect(warned).to.be.within(1, 7)
    expect(local.warnings[0]).to.match(/^writeToBigQuery: local-project\.d\.t\d+ has not taken 3 rows for \d+\.\d s/)
    expect(local.warnings[0]).to.contain('too busy').and.contain('trying again in')
  })

  it('end after 15 minutes in total, with what BigQuery said and how many rows are in', async () => {
    await local.create()
    const sink = local.sink({maxInFlight: 1, maxRows: 10})
    local.fault({kind: 'status', status: 503, reason: 'backendError', message: 'too busy'}, {nth: range(2, 200)})
    const start = local.clock.now()
    const error = await failure(local.write(rows(20), sink))
    expect(local.clock.now() - start).to.be.within(899_000, 900_000)
    expect(error).to.include({code: 'ERR_SLUICE_BIGQUERY', stage: 'writeToBigQuery'})
    expect(error.message)
      .to.contain('too busy (HTTP 503 backendError)')
      .and.contain(`10 rows are already in local-project.d.${local.table}; running again appends them again`)
    expect(error.cause).to.include({kind: 'unavailable', status: 503})
  })

  it('end after retryFor', async () => {
    await local.create()
    local.fault({kind: 'status', status: 503})
    const start = local.clock.now()
    await failure(local.write(rows(1), local.sink({retryFor: '1m'})))
    expect(local.clock.now() - start).to.be.within(59_000, 60_000)
  })

  it('of a used-up quota end after 10 minutes', async () => {
    await local.create()
    local.fault({kind: 'status', status: 403, reason: 'quotaExceeded', message: 'no quota'})
    const start = local.clock.now()
    const error = await failure(local.write(rows(1)))
    expect(local.clock.now() - start).to.be.within(599_000, 600_000)
    expect(error.message).to.contain('no quota').and.contain('Quotas')
  })

  it('are made for reading the schema and creating the table, too', async () => {
    local.fault({kind: 'status', status: 503}, {match: {call: 'tables.get'}, nth: 1})
    local.fault({kind: 'commitThenFail'}, {match: {call: 'tables.insert'}, nth: 1})
    const sink = local.sink()
    await local.write(rows(2), sink)
    expect(await local.count()).to.equal(2)
    expect(sink.info.metrics.extra).to.include({retries: 2})
  })
})

describe('writeToBigQuery: requests that are too large', () => {
  const local = new LocalBigQuery()
  const refusals: [string, FaultAction][] = [
    ['HTTP 413', {kind: 'status', status: 413, body: 'html'}],
    [
      'a 400 for size',
      {kind: 'status', status: 400, reason: 'badRequest', message: 'Request payload size exceeds the limit'},
    ],
  ]
  for (const [name, action] of refusals) {
    it(`are halved after ${name}`, async () => {
      await local.create()
      local.fault(action, {nth: 1})
      const sink = local.sink()
      await local.write(rows(101), sink)
      expect(local.inserts.map(insert => insert.rows)).to.deep.equal([undefined, 51, 50])
      expect(await local.count()).to.equal(101)
    })
  }

  it('make the following ones smaller', async () => {
    await local.create()
    local.fault({kind: 'status', status: 413}, {nth: 1})
    await local.write(rows(2500), local.sink({maxInFlight: 1}))
    // The first was refused; the next one was full by then, and was waiting
    const [whole, , , , ...later] = local.inserts
    expect(later).to.have.length.above(3)
    for (const {requestBytes} of later) expect(requestBytes).to.be.at.most(Math.ceil(whole!.requestBytes / 2) + 200)
    expect(await local.count()).to.equal(2500)
  })

  it('reject a row that is refused for its size alone, and nothing else', async () => {
    await local.create()
    const sink = local.sink()
    const failed = sink.failedRows()
    local.fault({kind: 'status', status: 413}, {match: {call: 'tabledata.insertAll'}, nth: [1, 3, 5, 7]})
    const running = local.write(rows(8), sink)
    const rejects = []
    for await (const reject of failed) rejects.push(reject)
    await running
    expect(local.inserts.map(insert => insert.rows)).to.deep.equal([
      undefined,
      4,
      undefined,
      2,
      undefined,
      1,
      undefined,
    ])
    expect(rejects).to.have.length(1)
    expect(rejects[0]!.errors[0]!.reason).to.equal('tooLarge')
    expect(await local.count()).to.equal(7)
  })

  it('are never made of a row of more than 10 MiB: it is rejected without a request', async () => {
    await local.create()
    const sink = local.sink()
    const failed = sink.failedRows()
    const running = local.write([...rows(1), {id: 'x'.repeat(11_000_000), total: 1}, ...rows(1, 1)], sink)
    const rejects = []
    for await (const reject of failed) rejects.push(reject)
    await running
    expect(rejects.map(reject => reject.errors[0]!.message)).to.deep.equal([
      'the row has 11000019 bytes; insertAll takes at most 10485760 bytes in one request',
    ])
    expect(await local.count()).to.equal(2)
  })
})

function range(from: number, to: number): number[] {
  return Array.from({length: to - from}, (_, i) => from + i)
}
