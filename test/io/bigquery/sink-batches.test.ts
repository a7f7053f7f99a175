import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {DoFn} from '../../../lib/core/index.ts'
import {writeToBigQuery} from '../../../lib/io/bigquery/index.ts'
import {settle, until} from '../../batching/manual-clock.ts'
import {LocalBigQuery, type Row, rows, TestSource} from './local-bigquery.ts'

class Pass extends DoFn<Row, Row> {
  override process(row: Row): Row[] {
    return [row]
  }
}

describe('writeToBigQuery: batches', () => {
  const local = new LocalBigQuery()

  it('writes every row before the pipeline resolves, 500 in a request', async () => {
    await local.write(rows(1750))
    expect(await local.query('SELECT COUNT(*) AS n, SUM(total) AS s')).to.deep.equal([{n: 1750, s: 1_530_375}])
    expect(local.inserts.map(insert => insert.rows).sort()).to.deep.equal([250, 500, 500, 500])
  })

  it('creates the table only with the first row: an empty input asks for nothing', async () => {
    await local.write([])
    expect(local.cloud.log.entries).to.have.length(0)
  })

  it('cuts batches by serialized bytes, counted as they are sent', async () => {
    const wide = rows(100).map(row => ({...row, id: `${row.id} ${'ä'.repeat(500)}`}))
    await local.write(wide, local.sink({maxBytes: '16KiB'}))
    expect(await local.count()).to.equal(100)
    for (const {requestBytes} of local.inserts) expect(requestBytes).to.be.within(1000, 16_384)
    expect(local.inserts).to.have.length.within(7, 8)
  })

  it('sends a lone row after maxDelay', async () => {
    await local.create()
    const sink = local.sink()
    sink.write(rows(1)[0])
    await until(() => local.clock.set.includes(1000))
    await settle()
    expect(local.inserts).to.have.length(0)
    local.clock.advance(1000)
    await until(() => sink.info.metrics.extra['rows'] === 1)
    expect(await local.count()).to.equal(1)
    sink.destroy()
  })

  it('flush() commits what was written, and the stream continues', async () => {
    const sink = local.sink()
    for (const row of rows(3)) sink.write(row)
    await sink.flush()
    expect(await local.count()).to.equal(3)
    await local.write(rows(2, 3), sink)
    expect(await local.count()).to.equal(5)
  })

  it("emits 'finish' only when BigQuery has answered", async () => {
    await local.create()
    local.fault({kind: 'delay', ms: 30})
    const sink = local.sink()
    let answered: number | undefined
    sink.on('finish', () => {
      answered = local.inserts[0]!.status
    })
    await local.write(rows(3), sink)
    expect(answered).to.equal(200)
  })

  it('keeps maxInFlight requests going', async () => {
    await local.create()
    local.fault({kind: 'hang'})
    const sink = local.sink({maxInFlight: 3})
    const source = Readable.from(rows(5000))
    source.pipe(sink)
    await until(() => local.inserts.length === 3)
    await settle(20)
    expect(local.inserts).to.have.length(3)
    source.destroy()
    sink.destroy()
  })

  it('holds back the source while insertAll stalls', async () => {
    await local.create()
    local.fault({kind: 'hang'})
    const source = new TestSource(rows(20_000))
    const abort = new AbortController()
    const sink = local.sink<Row>({maxInFlight: 2})
    const running = pipeline(source, new Pass(), sink, {signal: abort.signal}).catch(() => {})
    await until(() => local.inserts.length === 2)
    await settle(50)
    expect(source.handedOut).to.be.at.most(1500 + 3 * 1000)
    abort.abort()
    await running
  })

  it('counts rows, batches, bytes, and bills at least 1 KiB a row', async () => {
    const sink = local.sink()
    const list = [...rows(600), {id: 'x'.repeat(2000), total: 1}]
    await local.write(list, sink)
    const bytes = list.reduce((sum, row) => sum + JSON.stringify(row).length, 0)
    expect(sink.info.metrics.extra).to.deep.equal({
      rows: 601,
      batches: 2,
      retries: 0,
      bytes,
      billedBytes: 600 * 1024 + JSON.stringify(list[600]).length,
      rejected: 0,
      ignoredFields: 0,
    })
    expect(sink.info.metrics).to.include({in: 601, failed: 0})
  })

  it('releases the lease of a row only when the row is committed', async () => {
    await local.create()
    local.fault({kind: 'status', status: 503}, {nth: 1})
    const source = new TestSource(rows(3), {leased: true})
    const held: number[] = []
    const sink = local.sink<Row>()
    const noteRetry = sink['noteRetry'].bind(sink)
    sink['noteRetry'] = note => {
      held.push(source.leases!.filter(lease => lease.held === 1).length)
      noteRetry(note)
    }
    await pipeline(source, sink)
    expect(held).to.deep.equal([3])
    expect(source.leases!.every(lease => lease.held === 0)).to.equal(true)
  })

  it('writes into two tables from one source', async () => {
    const source = new TestSource(rows(10))
    const [a, b] = [local.sink<Row>(), local.sink<Row>({table: `d.${local.table}_b`})]
    const done = Promise.all([a, b].map(sink => new Promise(resolve => sink.once('finish', resolve))))
    source.pipe(a)
    source.pipe(b)
    await done
    expect(await local.count()).to.equal(10)
  })

  it('rejects with the reason of its signal, and sends nothing more', async () => {
    await local.create()
    local.fault({kind: 'hang'})
    const abort = new AbortController()
    const running = local.write(rows(10), local.sink({signal: abort.signal, maxRows: 5})).then(
      () => 'resolved',
      (error: Error) => error.name,
    )
    await until(() => local.inserts.length === 2)
    abort.abort()
    expect(await running).to.equal('AbortError')
  })
})

describe('writeToBigQuery: insertIds', () => {
  const local = new LocalBigQuery()

  it('a re-run within a minute lands no row twice, and the rows that are new', async () => {
    const run = (list: Row[]) => pipeline(new TestSource(list), local.sink<Row>())
    await run(rows(600))
    await run(rows(700))
    expect(await local.count()).to.equal(700)
  })

  it('a re-run after a minute appends the rows again', async () => {
    await pipeline(new TestSource(rows(10)), local.sink<Row>())
    local.clock.advance(61_000)
    await pipeline(new TestSource(rows(10)), local.sink<Row>())
    expect(await local.count()).to.equal(20)
  })

  it('two branches into one table land every row twice', async () => {
    const source = new TestSource(rows(100))
    const sinks = [local.sink<Row>(), local.sink<Row>()]
    const done = Promise.all(sinks.map(sink => new Promise(resolve => sink.once('finish', resolve))))
    for (const sink of sinks) source.pipe(sink)
    await done
    expect(await local.count()).to.equal(200)
  })

  it('two rows alike from a stream without ids both land', async () => {
    await local.write([...rows(1), ...rows(1)])
    expect(await local.count()).to.equal(2)
  })

  it("uses the user's ids", async () => {
    await local.write(rows(2), local.sink({insertId: row => `order-${(row as Row).id}`}))
    expect(local.inserts[0]!.insertIds).to.deep.equal(['order-r0', 'order-r1'])
  })

  it('sends none when switched off', async () => {
    await local.write(rows(2), local.sink({insertId: false}))
    expect(local.inserts[0]!.insertIds).to.deep.equal([undefined, undefined])
  })

  it('stay short for an object name of 1,024 bytes', async () => {
    await pipeline(new TestSource(rows(2), {prefix: `gs://b/${'x'.repeat(1024)}`}), local.sink<Row>())
    expect(await local.count()).to.equal(2)
  })
})

describe('writeToBigQuery: clients', () => {
  const local = new LocalBigQuery()
  const saved = {...process.env}
  afterEach(() => {
    for (const name of Object.keys(process.env)) delete process.env[name]
    Object.assign(process.env, saved)
  })

  it('makes its own, without looking for credentials, when BIGQUERY_EMULATOR_HOST is set', async () => {
    process.env['BIGQUERY_EMULATOR_HOST'] = local.cloud.url
    process.env['GOOGLE_CLOUD_PROJECT'] = 'local-project'
    await local.write(rows(2), writeToBigQuery({table: local.table, dataset: 'd', schema: 'id:STRING,total:FLOAT'}))
    expect(await local.count()).to.equal(2)
    expect(local.cloud.log.of({service: 'auth', path: 'token'})).to.have.length(0)
  })

  it('adds the scheme that BIGQUERY_EMULATOR_HOST lacks', async () => {
    process.env['BIGQUERY_EMULATOR_HOST'] = local.cloud.url.replace('http://', '')
    await local.write(
      rows(2),
      writeToBigQuery({table: `local-project:d.${local.table}`, schema: 'id:STRING,total:FLOAT'}),
    )
    expect(await local.count()).to.equal(2)
  })

  it('uses the credentials of a ready client', async () => {
    await local.create()
    local.fault({kind: 'delay', ms: 0})
    await local.write(rows(2))
    expect(await local.count()).to.equal(2)
  })

  it('tells the mixed-targets check where it points', () => {
    const target = () => local.sink({client: undefined as never}).info.target!()
    delete process.env['BIGQUERY_EMULATOR_HOST']
    expect(target()).to.deep.equal({
      service: 'bigquery',
      variable: 'BIGQUERY_EMULATOR_HOST',
      local: false,
      explicit: false,
    })
    process.env['BIGQUERY_EMULATOR_HOST'] = local.cloud.url
    expect(target()?.local).to.equal(true)
    expect(local.sink().info.target!()?.explicit).to.equal(true)
  })
})
