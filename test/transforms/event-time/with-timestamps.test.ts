import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, create, deadLetter, Pipeline, withTimestamps} from '../../../lib/index.ts'
import {testSource} from '../../../lib/testing/index.ts'
import {fullBundle, rowsOf} from '../../core/bundle/columns.ts'
import {rejection, TestSink, TestSource} from '../../core/support.ts'

const NONE = Number.NEGATIVE_INFINITY
const at = (timestamps: number[], watermark?: number) =>
  new Bundle(timestamps, {timestamps: Float64Array.from(timestamps), watermark})

describe('withTimestamps()', () => {
  it('sets the timestamp of each element, and keeps all other columns', async () => {
    const bundle = fullBundle(5)
    const sink = new TestSink<number>({release: false})
    await pipeline(
      new TestSource([bundle]),
      withTimestamps((n: number) => n * 10 + 1),
      sink,
    )
    const rows = sink.got.flatMap(rowsOf)
    expect(rows).to.deep.equal(rowsOf(bundle).map((row, n) => ({...row, timestamp: n * 10 + 1})))
  })

  it('passes the watermark of its input on', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      new TestSource([at([1, 2], 2), at([3], 3)]),
      withTimestamps((n: number) => n + 100),
      sink,
    )
    expect(sink.watermarks.filter(mark => mark !== NONE)).to.deep.equal([2, 3])
  })

  it('refuses an earlier timestamp than the element had, but for allowedSkew, and names both', async () => {
    const back = (by: number, allowedSkew?: number) =>
      pipeline(
        new TestSource([at([5000])]),
        withTimestamps((n: number) => n - by, {name: 'times', allowedSkew}),
        new TestSink(),
      )
    await back(1000, 1000)
    const error = await rejection(back(1001, 1000))
    expect(error).to.include({code: 'ERR_SLUICE_TIMESTAMP', stage: 'times'})
    expect(error.message).to.match(/1970-01-01T00:00:03.999Z, 1.0 s before .*allowedSkew: 1001/)
  })

  it('refuses anything that is not a timestamp, and says what to give', async () => {
    const error = await rejection(
      pipeline(
        create([{at: 'monday'}]),
        withTimestamps((row: {at: string}) => Date.parse(row.at), {name: 'times'}),
        new TestSink(),
      ),
    )
    expect(error.message).to.match(/^times: NaN is not an event time; give integer milliseconds/)
  })

  it('starts a watermark with outOfOrder: the largest timestamp minus that, never backwards, whatever the input has', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      new TestSource([at([1_000_000], 999_999), at([20_000, 30_000]), at([12_000])]),
      withTimestamps((n: number) => (n === 1_000_000 ? 5000 : n), {outOfOrder: '10s'}),
      sink,
    )
    expect(sink.values).to.deep.equal([1_000_000, 20_000, 30_000, 12_000])
    const moved = sink.watermarks.filter((mark, k, all) => mark !== all[k - 1])
    expect(moved).to.deep.equal([-5000, 20_000])
  })

  it('starts a watermark after a stream that is not ours', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      Readable.from([5000, 7000, 6000]),
      withTimestamps((n: number) => n, {outOfOrder: 2000}),
      sink,
    )
    expect(sink.timestamps).to.deep.equal([5000, 7000, 6000])
    expect(sink.watermarks.at(-1)).to.equal(5000)
  })

  it('has no watermark after such a stream without outOfOrder', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      Readable.from([5000]),
      withTimestamps((n: number) => n),
      sink,
    )
    expect([...sink.timestamps, ...sink.watermarks]).to.deep.equal([5000, NONE])
  })

  it('sets aside elements without a timestamp, and releases their messages once that is committed', async () => {
    const source = testSource([[1, -1, 2]], {leases: true})
    const stage = withTimestamps((n: number) => (n < 0 ? Number.NaN : n), {onError: deadLetter('bad')})
    const bad = new TestSink<{element: number}>()
    stage.tagged('bad').pipe(bad)
    const sink = new TestSink<number>()
    await pipeline(source, stage, sink)
    expect([sink.values, bad.values.map(letter => letter.element), source.acked]).to.deep.equal([
      [1, 2],
      [-1],
      [1, -1, 2],
    ])
    expect(bad.ids).to.deep.equal(['testSource:1.bad.0'])
  })

  it("gives messages without a timestamp back with onError: 'nack'", async () => {
    const source = testSource([[1, -1, 2]], {leases: true})
    await pipeline(
      source,
      withTimestamps((n: number) => (n < 0 ? Number.NaN : n), {
        onError: 'nack',
        logger: {error() {}, warn() {}, info() {}, debug() {}},
      }),
      new TestSink(),
    )
    expect([source.acked, source.nacked]).to.deep.equal([[1, 2], [-1]])
  })

  it('works in a Pipeline', async () => {
    const p = new Pipeline({name: 'times'})
    const sink = new TestSink<number>()
    p.apply('In', create([1, 2]))
      .apply(
        'Times',
        withTimestamps(n => n * 1000, {outOfOrder: '1s'}),
      )
      .apply('Out', sink)
    await p.run()
    expect([sink.timestamps, sink.watermarks.at(-1)]).to.deep.equal([[1000, 2000], 1000])
  })

  it('says at construction what is wrong with its options', () => {
    const fn = (n: number) => n
    expect(() => withTimestamps(5 as never)).to.throw(/fn/)
    expect(() => withTimestamps(fn, {outOfOrder: 'soon' as never})).to.throw(/withTimestamps: option `outOfOrder`/)
    expect(() => withTimestamps(fn, {allowedSkew: -1})).to.throw(/allowedSkew/)
    expect(() => withTimestamps(fn, {outOfOrder: 1, allowedSkew: 1})).to.throw(/either this or outOfOrder/)
    expect(() => withTimestamps(fn, {skew: 1} as never)).to.throw(/skew/)
  })
})
