import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle} from '../../../../lib/core/index.ts'
import {deferred} from '../../../../lib/util/index.ts'
import {doFn, ManualSource, numbers, settle, TestSink, TestSource, until, withIds} from '../../support.ts'

const at = (watermark: number, values: number[] = []) => new Bundle(values, {watermark})
const NONE = Number.NEGATIVE_INFINITY

/** Watermarks that a sink behind `stage` sees, without repetitions. */
async function seen(bundles: Bundle<number>[], stage = doFn(x => [x])): Promise<number[]> {
  const sink = new TestSink<number>()
  // an empty bundle alone starts no sink, hence the first value
  await pipeline(new TestSource([at(NONE, [0]), ...bundles]), stage, sink)
  return sink.watermarks
}

describe('a watermark', () => {
  it('goes with the last part of what a bundle gave', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      new TestSource([at(10, numbers(3))]),
      doFn(x => numbers(x === 1 ? 1500 : 1)),
      sink,
    )
    expect(sink.sizes.length).to.be.greaterThan(1)
    expect(sink.watermarks).to.deep.equal([...sink.sizes.slice(1).map(() => NONE), 10])
  })

  it('is moved by an empty bundle, which is not an element to anybody', async () => {
    let calls = 0
    const stage = doFn({startBundle: () => void calls++, process: x => [x], finishBundle: () => void calls++})
    expect(await seen([at(5), at(7)], stage)).to.deep.equal([NONE, 5, 7])
    expect(calls).to.equal(2)
  })

  it('moves on when a bundle gave nothing', async () => {
    expect(
      await seen(
        [at(5, [1]), at(7, [2])],
        doFn(x => (x === 0 ? [x] : [])),
      ),
    ).to.deep.equal([NONE, 5, 7])
  })

  it('never goes backwards', async () => {
    expect(await seen([at(5, [1]), at(3, [2]), at(4), at(6, [3])])).to.deep.equal([NONE, 5, 5, 6])
  })

  it('is -Infinity where the source sets none', async () => {
    expect(await seen([new Bundle([1])])).to.deep.equal([NONE, NONE])
  })

  it('is -Infinity after a foreign stream', async () => {
    const sink = new TestSink<number>()
    const source = new TestSource([at(10, [1, 2])])
    await pipeline(
      source,
      new PassThrough({objectMode: true}),
      doFn(x => [x]),
      sink,
    )
    expect(sink.watermarks).to.deep.equal([NONE])
  })

  it('goes to every claimed tag too', async () => {
    const stage = doFn((x, c) => {
      if (x === 0) c.emit('side', x)
      return [x]
    })
    const side = new TestSink()
    stage.tagged('side').pipe(side)
    await pipeline(new TestSource([at(5, [0]), at(9, [1])]), stage, new TestSink())
    expect(side.watermarks).to.deep.equal([NONE, 5, 9])
  })

  it('alone does not fill an output that nobody reads yet', async () => {
    const stage = doFn(x => [x])
    const side = stage.tagged('side')
    const sink = new TestSink<number>()
    const done = pipeline(new TestSource(numbers(9).map(x => at(x, [x]))), stage, sink)
    await until(() => sink.values.length === 9)
    side.resume()
    await done
  })

  for (const ordered of [true, false])
    it(`waits for asynchronous work, ${ordered ? 'in order' : 'unordered'}`, async () => {
      const slow = deferred<number[]>()
      const stage = doFn(async x => (x === 1 ? slow.promise : [x]), {concurrency: 4, ordered})
      const sink = new TestSink<number>()
      const done = pipeline(new TestSource([at(5, [0]), at(10, [1]), at(20, [2]), at(30)]), stage, sink)
      await settle(20)
      expect(sink.watermarks.at(-1)).to.equal(5)
      slow.resolve([1])
      await done
      expect(sink.watermarks.at(-1)).to.equal(30)
      expect(sink.watermarks).to.deep.equal([...sink.watermarks].sort((a, b) => a - b))
    })

  it('comes after the outputs of finishBundle', async () => {
    const sink = new TestSink<number>()
    const stage = doFn({process: () => {}, finishBundle: () => [1]})
    await pipeline(new TestSource([at(10, [0])]), stage, sink)
    expect(sink.watermarks).to.deep.equal([NONE, 10])
  })

  it('leaves timestamps with their values', async () => {
    const sink = new TestSink<number>()
    const timestamps = Float64Array.of(100, 200, 300)
    const stage = doFn((x, c) => (x === 1 ? [] : [x, c.timestamp]))
    await pipeline(new TestSource([new Bundle([0, 1, 2], {timestamps})]), stage, sink)
    expect(sink.values).to.deep.equal([0, 100, 2, 300])
    expect(sink.timestamps).to.deep.equal([100, 100, 300, 300])
  })

  it('and timestamps are the minimum where the source gives none', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      new TestSource([[0]]),
      doFn((_, c) => [c.timestamp]),
      sink,
    )
    expect(sink.values).to.deep.equal([NONE])
  })
})

describe('the watermark of several inputs', () => {
  /** Two sources piped into one stage, which stays open when one of them ends. */
  function two() {
    const [a, b] = [new ManualSource<number>(), new ManualSource<number>()]
    const stage = doFn(x => [x])
    const sink = new TestSink<number>()
    a.pipe(stage, {end: false})
    b.pipe(stage, {end: false})
    stage.pipe(sink)
    const now = () => sink.watermarks.at(-1) ?? NONE
    return {a, b, stage, sink, now}
  }

  it('is the smallest of them', async () => {
    const {a, b, now} = two()
    a.give(at(10, [1]))
    await settle()
    expect(now()).to.equal(NONE)
    b.give(at(5, [2]))
    await settle()
    expect(now()).to.equal(5)
    b.give(at(20))
    await settle()
    expect(now()).to.equal(10)
  })

  it('is held back by an input that has said nothing yet', async () => {
    const {a, now} = two()
    a.give(at(10, [1]))
    a.give(at(20, [2]))
    await settle()
    expect(now()).to.equal(NONE)
  })

  it('moves on when the input that holds it back is unpiped', async () => {
    const {a, b, stage, now} = two()
    a.give(at(10, [1]))
    b.give(at(5, [2]))
    await settle()
    b.unpipe(stage)
    await settle()
    expect(now()).to.equal(10)
  })

  it('moves on when the input that holds it back ends', async () => {
    const {a, b, now} = two()
    a.give(at(10, [1]))
    b.give(at(5, [2]))
    b.finish()
    await settle(20)
    expect(now()).to.equal(10)
  })

  it('does not pass what an ended input has left in the buffer', async () => {
    const {a, b, sink} = two()
    sink.stall()
    a.give(at(100, [1]))
    await until(() => sink.values.length > 0)
    b.give(at(5, [2])).give(at(6, [3]))
    b.finish()
    await settle(20)
    a.give(at(110, [4]))
    sink.go()
    await until(() => sink.values.length === 4)
    const last = sink.values.indexOf(3)
    expect(sink.watermarks.slice(0, last).every(w => w <= 6)).to.equal(true)
    await until(() => sink.watermarks.at(-1) === 110)
  })

  it('does not go backwards when an input joins late', async () => {
    const {a, b, stage, sink, now} = two()
    b.unpipe(stage)
    a.give(at(10, [1]))
    await settle()
    expect(now()).to.equal(10)
    b.pipe(stage, {end: false})
    b.give(at(5, [2]))
    await settle()
    expect(sink.values).to.deep.equal([1, 2])
    expect(now()).to.equal(10)
  })

  it('is held at -Infinity by a foreign input', async () => {
    const {a, b, stage, now} = two()
    const other = new PassThrough({objectMode: true})
    other.pipe(stage, {end: false})
    other.write(7)
    a.give(at(10, [1]))
    b.give(at(10, [2]))
    await settle(20)
    expect(now()).to.equal(NONE)
  })

  it('is not disturbed by values written by hand', async () => {
    const {a, b, stage, now} = two()
    a.give(at(10, [1]))
    b.give(at(10, [2]))
    stage.write(3)
    a.give(at(20))
    b.give(at(20))
    await settle(20)
    expect(now()).to.equal(20)
  })

  it('counts a stage that is piped in twice as one', async () => {
    const sink = new TestSink<number>()
    const source = new TestSource([withIds([1], 0, {watermark: 5})])
    const [left, right, stage] = [doFn(x => [x]), doFn(x => [x]), doFn(x => [x])]
    source.pipe(left).pipe(stage, {end: false})
    source.pipe(right).pipe(stage, {end: false})
    stage.pipe(sink)
    await settle(20)
    expect(sink.values).to.deep.equal([1, 1])
    expect(sink.watermarks.at(-1)).to.equal(5)
  })
})
