import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {DoFn, filter, flatMap, Pipeline, readFromText, tee, writeToBigQuery} from 'sluice'
import {csv, type Row, SCHEMA, ToRow} from './rows.ts'
import {eventually, JobCloud, startChild} from './support.ts'

/** Keeps the rows below a limit; what is left out leaves a gap in what it yields. */
class Below extends DoFn<Row, Row> {
  readonly #limit: number
  constructor(limit: number) {
    super()
    this.#limit = limit
  }
  *process(row: Row) {
    if (row.id % 100 < this.#limit) yield row
  }
}

describe('a job that runs again within a minute', () => {
  const job = new JobCloud()
  const sink = (options: object = {}) => writeToBigQuery<object>({table: job.table, schema: SCHEMA, ...options})
  beforeEach(() => {
    // no minute passes in the cloud, however slow the machine is
    const now = Date.now()
    job.now = () => now
  })

  it('adds no row when nothing has changed', async () => {
    const path = await job.put('lines.csv', csv(3000))
    for (let run = 0; run < 2; run++) await pipeline(readFromText(path), new ToRow(), sink())
    expect(await job.counts()).to.deep.equal({rows: 3000, ids: 3000})
  })

  it('adds no row when batches are cut differently', async () => {
    const path = await job.put('lines.csv', csv(3000))
    await pipeline(readFromText(path), new ToRow(), sink({maxRows: 500}))
    await pipeline(readFromText(path), new ToRow(), sink({maxRows: 333, maxInFlight: 1}))
    expect(await job.counts()).to.deep.equal({rows: 3000, ids: 3000})
  })

  const looser: [string, (limit: number) => DoFn<Row, Row>][] = [
    ['filter()', limit => filter((row: Row) => row.id % 100 < limit)],
    ['a DoFn that leaves rows out', limit => new Below(limit)],
    [
      'a DoFn that leaves rows out, asynchronously',
      limit => flatMap(async (row: Row) => (row.id % 100 < limit ? [row] : [])),
    ],
  ]
  for (const [name, keep] of looser)
    it(`adds every row that now passes, and no row twice, when its filter is looser: ${name}`, async () => {
      const path = await job.put('lines.csv', csv(3000))
      await pipeline(readFromText(path), new ToRow(), keep(10), sink())
      expect(await job.counts()).to.deep.equal({rows: 300, ids: 300})
      await pipeline(readFromText(path), new ToRow(), keep(70), sink())
      expect(await job.counts()).to.deep.equal({rows: 2100, ids: 2100})
    })

  it('adds every row that now passes, when the filter stands after a stage that makes many of one', async () => {
    const path = await job.put('lines.csv', csv(1000))
    const copies = () => flatMap((row: Row) => Array.from({length: 5}, (_, k) => ({...row, id: row.id * 5 + k})))
    await pipeline(readFromText(path), new ToRow(), copies(), new Below(10), sink())
    await pipeline(readFromText(path), new ToRow(), copies(), new Below(70), sink())
    expect(await job.counts()).to.deep.equal({rows: 3500, ids: 3500})
  })

  it('adds the rows of a file that was added meanwhile, and no others', async () => {
    await job.put('lines-1.csv', csv(1000))
    const pattern = `gs://my-bucket/${job.name}/*.csv`
    await pipeline(readFromText(pattern), new ToRow(), sink())
    await job.put('lines-0.csv', csv(1000, 1000))
    await pipeline(readFromText(pattern), new ToRow(), sink())
    expect(await job.counts()).to.deep.equal({rows: 2000, ids: 2000})
  })

  it('has each row once after kill -9 in the middle of a run, and none is lost', async () => {
    const count = 8000
    await job.put('lines-1.csv', `id,text\n${csv(count / 2)}`)
    await job.put('lines-2.csv', `id,text\n${csv(count / 2, count / 2)}`)
    const args = [`gs://my-bucket/${job.name}/lines-*.csv`, job.table]
    // the fourth request is carried out, and its answer lost; from the tenth on nothing is answered
    job.fault('tabledata.insertAll', {kind: 'commitThenFail', with: 'reset'}, {nth: 4})
    job.fault('tabledata.insertAll', {kind: 'hang'}, {nth: Array.from({length: 100}, (_, i) => i + 10)})
    const first = startChild('sample-like.ts', args)
    await eventually(() => job.calls('tabledata.insertAll') >= 10)
    first.child.kill('SIGKILL')
    expect(await first.ended).to.include({code: null, signal: 'SIGKILL', out: ''})
    const {rows} = await job.counts()
    expect(rows).to.be.within(1, count - 1)

    job.cloud.faults.clear()
    expect(await startChild('sample-like.ts', args).ended).to.deep.equal({
      code: 0,
      signal: null,
      out: 'done\n',
      errors: '',
    })
    expect(await job.counts()).to.deep.equal({rows: count, ids: count})
  }).timeout(60_000)
})

describe('a job with two sinks on one table', () => {
  const job = new JobCloud()
  const sink = () => writeToBigQuery<object>({table: job.table, schema: SCHEMA})

  it('writes 2N rows with tee()', async () => {
    const path = await job.put('lines.csv', csv(2500))
    await pipeline(readFromText(path), new ToRow(), tee(sink()), sink())
    expect(await job.counts()).to.deep.equal({rows: 5000, ids: 2500})
  })

  it('writes 2N rows with two tee branches', async () => {
    const path = await job.put('lines.csv', csv(2500))
    await pipeline(readFromText(path), new ToRow(), tee<Row>({a: sink(), b: sink()}), async rows => {
      for await (const _ of rows as AsyncIterable<Row>);
    })
    expect(await job.counts()).to.deep.equal({rows: 5000, ids: 2500})
  })

  it('writes 2N rows with two pipes', async () => {
    const path = await job.put('lines.csv', csv(2500))
    const rows = new ToRow()
    const other = sink()
    const finished = pipeline(rows, other)
    await pipeline(readFromText(path), rows, sink())
    await finished
    expect(await job.counts()).to.deep.equal({rows: 5000, ids: 2500})
  })

  it('writes 2N rows as branches of a Pipeline, and still 2N when it runs again', async () => {
    const path = await job.put('lines.csv', csv(2500))
    for (let run = 0; run < 2; run++) {
      const p = new Pipeline({name: 'twice'})
      const rows = p.apply('Read', readFromText(path)).apply('Row', new ToRow())
      rows.apply('Write', sink())
      rows.apply('Write again', sink())
      await p.run()
    }
    expect(await job.counts()).to.deep.equal({rows: 5000, ids: 2500})
  })
})
