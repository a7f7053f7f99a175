import {PassThrough, Readable, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {BatchError, type FailedRow} from '../../../lib/batching/index.ts'
import {type Bundle, Sink} from '../../../lib/core/index.ts'
import {failure, settle, until} from '../../batching/manual-clock.ts'
import {LocalBigQuery, type Row, rows, TestSource} from './local-bigquery.ts'

/** 500 rows of which number 250 has no number where BigQuery wants one. */
const oneBad = () => rows(500).map((row, i) => (i === 250 ? {...row, total: 'many'} : row))

/** Collects in a sink of ours; may be told to wait before it takes anything. */
class Collect<T> extends Sink<T> {
  readonly taken: T[] = []
  gate: Promise<void> = Promise.resolve()
  protected override get ownsLeases(): boolean {
    return true
  }
  override async writeBundle(bundle: Bundle<T>): Promise<void> {
    await this.gate
    this.taken.push(...bundle.values)
    for (const lease of bundle.leases ?? []) lease.release()
  }
  override commit(): void {}
}

describe('writeToBigQuery: rows that BigQuery refuses', () => {
  const local = new LocalBigQuery()

  it('one bad row in 500: 499 land, 1 is rejected with field and reason, in one request', async () => {
    await local.create()
    const sink = local.sink()
    const rejects = new Collect<FailedRow>()
    await Promise.all([pipeline(sink.failedRows(), rejects), local.write(oneBad(), sink)])
    expect(local.inserts).to.have.length(1)
    expect(await local.count()).to.equal(499)
    expect(rejects.taken).to.have.length(1)
    const [reject] = rejects.taken
    expect(reject!.row).to.deep.equal({id: 'r250', total: 'many'})
    expect(reject!.errors[0]).to.include({reason: 'invalid', location: 'total'})
    expect(reject!.insertId).to.equal(local.inserts[0]!.insertIds[250])
    expect(sink.info.metrics.extra).to.include({rows: 499, rejected: 1})
    expect(sink.info.metrics.failed).to.equal(1)
  })

  it('rows that cannot be encoded are rejected without being sent, naming the field', async () => {
    const sink = local.sink()
    const rejects = new Collect<FailedRow>()
    const list = [{id: 'a', total: {}}, {id: 'b', total: Number.NaN}, 'no row', {id: 'c', total: 1, more: 1}]
    await Promise.all([pipeline(sink.failedRows(), rejects), local.write(list, sink)])
    expect(await local.count()).to.equal(1)
    expect(rejects.taken.map(({errors}) => errors[0])).to.deep.equal([
      {reason: 'invalid', location: 'total', message: '{} is not a number'},
      {reason: 'invalid', location: '', message: "'no row' is not a row; give an object"},
      {reason: 'invalid', location: 'more', message: 'no such field: more'},
    ])
  })

  it('without a dead letter the first one fails the run: count, rows, reasons, and what is in the table', async () => {
    await local.create()
    const error = (await failure(local.write(oneBad()))) as unknown as BatchError
    expect(error).to.be.instanceOf(BatchError)
    expect(error).to.include({code: 'ERR_SLUICE_BATCH', stage: 'writeToBigQuery', count: 1, written: 499})
    expect(error.rows.map(({row}) => row)).to.deep.equal([{id: 'r250', total: 'many'}])
    expect(error.message)
      .to.contain('refused 1 row: field `total`')
      .and.contain(`499 rows are already in local-project.d.${local.table}; running again appends them again`)
  })

  it('without a dead letter reading stops, and batches in flight end before the run rejects', async () => {
    await local.create()
    local.fault({kind: 'delay', ms: 60}, {nth: 2})
    const source = new TestSource([...oneBad(), ...rows(20_000, 500)])
    const sink = local.sink<Row>({maxInFlight: 2})
    const error = (await failure(pipeline(source, sink))) as unknown as BatchError
    expect(local.inserts.map(({rows, status}) => ({rows, status}))).to.deep.equal([
      {rows: 500, status: 200},
      {rows: 500, status: 200},
    ])
    expect(error.written).to.equal(999)
    expect(await local.count()).to.equal(999)
    expect(source.handedOut).to.be.below(5000)
  })

  it('requests that do not end within 10 s of grace are given up', async () => {
    await local.create()
    local.fault({kind: 'hang'}, {nth: 1})
    const running = failure(local.write([...rows(500), {id: 'bad', total: []}, ...rows(500)]))
    await until(() => local.clock.set.includes(10_000))
    local.clock.advance(10_000)
    expect(await running).to.be.instanceOf(BatchError)
  })

  it('keeps the first 100 of many', async () => {
    await local.create()
    const bad = rows(300).map(row => ({...row, total: 'x'}))
    const error = (await failure(local.write(bad))) as unknown as BatchError
    expect(error.count).to.equal(300)
    expect(error.rows).to.have.length(100)
  })

  it('a reader of failedRows() that stops reading holds the sink back', async () => {
    await local.create()
    const sink = local.sink({maxInFlight: 1})
    const failed = sink.failedRows()
    const source = new TestSource(rows(20_000).map(row => ({...row, total: 'x'})))
    const running = pipeline(source, sink)
    await until(() => sink.info.metrics.extra['rejected']! >= 500)
    await settle(50)
    expect(sink.info.metrics.extra['rejected']).to.be.at.most(1500)
    const requests = local.inserts.length
    await settle(50)
    expect(local.inserts).to.have.length(requests)
    let seen = 0
    for await (const reject of failed) seen += reject.errors.length > 0 ? 1 : 0
    await running
    expect(seen).to.equal(20_000)
  })

  it('reports a standstill when nobody reads failedRows()', async () => {
    await local.create()
    const sink = local.sink()
    sink.failedRows()
    const running = local.write([{id: 'a', total: 'x'}], sink).catch(() => {})
    await until(() => local.clock.set.includes(30_000))
    local.clock.advance(30_000)
    expect(local.warnings[0]).to.contain('has waited 30 s for its failedRows() to be read')
    sink.destroy()
    await running
  })

  it('needs no reader when nothing is refused', async () => {
    const sink = local.sink()
    sink.failedRows()
    await local.write(rows(3), sink)
    expect(await local.count()).to.equal(3)
  })

  it("'finish' waits for the sink behind failedRows()", async () => {
    await local.create()
    const sink = local.sink()
    const rejects = new Collect<FailedRow>()
    const order: string[] = []
    rejects.once('finish', () => order.push('rejects'))
    sink.once('finish', () => order.push('sink'))
    sink.failedRows().pipe(rejects)
    await local.write([{id: 'a', total: 'x'}], sink)
    expect(order).to.deep.equal(['rejects', 'sink'])
  })

  it('a failing reader of failedRows() fails the sink', async () => {
    await local.create()
    const sink = local.sink()
    const broken = new Collect<FailedRow>()
    broken.gate = Promise.reject(new Error('disk full'))
    broken.gate.catch(() => {})
    sink.failedRows().pipe(broken)
    expect((await failure(local.write([{id: 'a', total: 'x'}], sink))).message).to.contain('disk full')
  })

  it('the lease of a refused row is released by the sink that takes it', async () => {
    await local.create()
    const source = new TestSource(oneBad(), {leased: true})
    const sink = local.sink<Row>()
    const rejects = new Collect<FailedRow<Row>>()
    let open: () => void = () => {}
    rejects.gate = new Promise(resolve => {
      open = resolve
    })
    sink.failedRows().pipe(rejects)
    const running = pipeline(source, sink)
    await until(() => sink.info.metrics.extra['rejected'] === 1)
    await settle()
    expect(source.leases!.flatMap((lease, i) => (lease.held > 0 ? [i] : []))).to.deep.equal([250])
    open()
    await running
    expect(source.leases![250]!.held).to.equal(0)
  })
})

describe('writeToBigQuery: deadLetter', () => {
  const local = new LocalBigQuery()
  const bad = [{id: 'a', total: 'x'}, ...rows(2), {id: 'b', total: {}}]

  it('takes the refused rows of a foreign Writable in object mode, and is ended first', async () => {
    await local.create()
    const taken: FailedRow[] = []
    const deadLetter = new Writable({
      objectMode: true,
      write(row, _encoding, done) {
        taken.push(row)
        setImmediate(done)
      },
    })
    await local.write(bad, local.sink({deadLetter}))
    expect(deadLetter.writableFinished).to.equal(true)
    expect(taken.map(({row}) => (row as Row).id).sort()).to.deep.equal(['a', 'b'])
    expect(await local.count()).to.equal(2)
  })

  it('may be another BigQuery sink', async () => {
    await local.create()
    const deadLetter = local.sink<FailedRow>({
      table: `d.${local.table}_bad`,
      schema: 'row:JSON,errors:JSON,insertId:STRING',
    })
    await local.write(bad, local.sink({deadLetter}))
    const [result] = await local.client.query(`SELECT row, errors FROM d.${local.table}_bad`)
    expect(result).to.have.length(2)
    expect(JSON.stringify(result)).to.contain('total')
  })

  it('is ended when nothing was refused', async () => {
    const deadLetter = new PassThrough({objectMode: true}).resume()
    await local.write(rows(1), local.sink({deadLetter}))
    expect(deadLetter.writableFinished).to.equal(true)
  })

  it('is ended when there was no row at all', async () => {
    const deadLetter = new PassThrough({objectMode: true}).resume()
    await local.write([], local.sink({deadLetter}))
    expect(deadLetter.writableFinished).to.equal(true)
  })

  it('fails the sink when it fails, with an error that names both', async () => {
    await local.create()
    const full = new Error('disk full')
    const deadLetter = new Writable({objectMode: true, write: (_row, _encoding, done) => done(full)})
    const error = await failure(local.write(bad, local.sink({deadLetter})))
    expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToBigQuery', cause: full})
    expect(error.message).to.equal('writeToBigQuery: its `deadLetter` failed: disk full')
  })

  it('is destroyed with the sink, without an error of its own', async () => {
    await local.create()
    const deadLetter = new PassThrough({objectMode: true}).resume()
    const source = Readable.from(rows(3), {objectMode: true})
    const running = failure(pipeline(source, local.sink({deadLetter})))
    source.destroy(new Error('upstream'))
    expect((await running).message).to.equal('upstream')
    expect(deadLetter.destroyed).to.equal(true)
  })
})
