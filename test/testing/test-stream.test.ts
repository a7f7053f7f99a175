import {setTimeout as realTime} from 'node:timers/promises'
import {expect} from 'chai'
import {
  type Bundle,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  type ProcessContext,
  Sink,
  timestamped,
} from '../../lib/core/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {assertThat, collect, equalTo, FakeClock, TestStream, testSink} from '../../lib/testing/index.ts'
import {batchElements, discard, flatten, map, parDo, tap} from '../../lib/transforms/index.ts'
import {rejection} from '../transforms/support.ts'

/** Notes what comes, in order: values with their timestamps, and watermarks. */
class Log extends Sink<unknown> {
  readonly log: unknown[] = []
  override writeBundle({values, timestamps, watermark}: Bundle<unknown>) {
    for (const [i, value] of values.entries()) this.log.push([value, timestamps?.[i]])
    if (Number.isFinite(watermark)) this.log.push(watermark)
  }
  override commit() {}
}

describe('TestStream', () => {
  it('emits elements with their timestamps, and watermarks between them', async () => {
    const log = new Log()
    const stream = new TestStream<string>()
      .addElements([timestamped('a', 5), timestamped('b', 3)])
      .advanceWatermarkTo(10)
      .addElements([timestamped('late', 4)])
      .advanceWatermarkTo(new Date(20))
      .advanceWatermarkToInfinity()
    await new Promise((resolve, reject) => stream.pipe(log).on('finish', resolve).on('error', reject))
    expect(log.log).to.deep.equal([['a', 5], ['b', 3], 10, ['late', 4], 10, 20, MAX_TIMESTAMP])
  })
  it('gives the current watermark to elements without a timestamp', async () => {
    const sink = testSink<string>()
    const stream = new TestStream<string>().addElements(['a']).advanceWatermarkTo(10).addElements(['b'])
    await new Promise(resolve => stream.pipe(sink).on('finish', resolve))
    expect(sink.timestamps).to.deep.equal([MIN_TIMESTAMP, 10])
  })
  it('emits the elements of one call as one bundle', async () => {
    const sink = testSink<number>()
    const stream = new TestStream<number>().addElements([1, 2]).addElements([3])
    await new Promise(resolve => stream.pipe(sink).on('finish', resolve))
    expect(sink.bundles.map(bundle => bundle.values)).to.deep.equal([[1, 2], [3]])
  })
  it('gives ids that count', async () => {
    const sink = testSink<number>()
    const stream = new TestStream<number>({name: 'clicks'}).addElements([1, 2]).addElements([3])
    await new Promise(resolve => stream.pipe(sink).on('finish', resolve))
    expect(sink.ids).to.deep.equal(['clicks:0', 'clicks:1', 'clicks:2'])
  })
  it('moves the clock of all connected stages, without waiting', async () => {
    const batches = batchElements<number>({maxDelay: '1h'})
    const seen: unknown[] = []
    const stream = new TestStream<number>()
      .addElements([1])
      .advanceProcessingTime('59m')
      .addElements([2])
      .advanceProcessingTime('1m')
      .addElements([3])
    const began = performance.now()
    expect(await collect(stream.pipe(batches).pipe(tap(batch => void seen.push(batch))))).to.deep.equal([[1, 2], [3]])
    expect(performance.now() - began).to.be.below(5000)
  })
  it('uses a clock that the test gives', async () => {
    const clock = new FakeClock(1000)
    const times: number[] = []
    const stage = map((n: number) => {
      times.push(clock.now())
      return n
    })
    const stream = new TestStream<number>({clock}).addElements([1]).advanceProcessingTime(500).addElements([2])
    expect(stream.clock).to.equal(clock)
    await collect(stream.pipe(stage))
    expect(times).to.deep.equal([1000, 1500])
  })
  it('waits until asynchronous steps have come to rest before the next event', async () => {
    const order: string[] = []
    const slow = map(async (n: number) => {
      await realTime(10)
      order.push(`done ${n}`)
      return n
    })
    const stream = new TestStream<number>().addElements([1]).advanceProcessingTime('1s').addElements([2])
    stream.clock.setTimeout(() => order.push('clock'), 500)
    await collect(stream.pipe(slow))
    expect(order).to.deep.equal(['done 1', 'clock', 'done 2'])
  })
  it('has tagged outputs with watermarks of their own, in the order of the script', async () => {
    const stream = new TestStream<string, {right: number}>()
      .addElements(['a'])
      .addElements([timestamped(1, 7)], {tag: 'right'})
      .advanceWatermarkTo(50, {tag: 'right'})
      .addElements(['b'])
      .advanceWatermarkTo(20)
    const right = new Log()
    const both: unknown[] = []
    const read = stream
      .tagged('right')
      .pipe(tap(n => void both.push(n)))
      .pipe(right)
    const ended = new Promise(resolve => read.on('finish', resolve))
    await collect(stream.pipe(tap(s => void both.push(s))))
    await ended
    expect(both).to.deep.equal(['a', 1, 'b'])
    expect(right.log).to.deep.equal([[1, 7], 50])
  })
  it('feeds a step with several inputs', async () => {
    const stream = new TestStream<string, {right: string}>()
      .addElements(['a'])
      .addElements(['b'], {tag: 'right'})
      .addElements(['c'])
    expect(await collect(flatten(stream, stream.tagged('right')))).to.deep.equal(['a', 'b', 'c'])
  })
  it('runs in a Pipeline', async () => {
    const p = new Pipeline()
    const stamps = parDo((_n: number, c: ProcessContext) => [c.timestamp])
    const numbers = p.apply('Numbers', new TestStream<number>().addElements([timestamped(1, 5), timestamped(2, 6)]))
    assertThat(numbers.apply('Stamps', stamps), equalTo<number | undefined>([5, 6]))
    await p.run()
  })
  it('ends early when it is told to', async () => {
    const stream = new TestStream<number>().addElements([1]).addElements([2])
    const seen: number[] = []
    const first = tap((n: number) => {
      seen.push(n)
      stream.endEarly()
    })
    await collect(stream.pipe(first))
    expect(seen).to.deep.equal([1])
  })
  it('refuses a watermark that does not move forward, and anything after infinity', () => {
    const stream = new TestStream<number>().advanceWatermarkTo(10)
    expect(() => stream.advanceWatermarkTo(10)).to.throw(
      /the watermark is at 10 and cannot move to 10: give a later time/,
    )
    expect(() => stream.advanceWatermarkTo(1.5)).to.throw(/1.5 is not an event time/)
    stream.advanceWatermarkToInfinity()
    expect(() => stream.addElements([1])).to.throw(
      /elements after the watermark of the main output has gone to infinity/,
    )
    expect(() => stream.advanceWatermarkToInfinity()).to.throw(/a watermark after the watermark of the main output/)
  })
  it('refuses bad arguments', () => {
    expect(() => new TestStream({clocks: 1} as never)).to.throw(/`clocks`/)
    expect(() => new TestStream({clock: {} as never})).to.throw(/a FakeClock/)
    expect(() => new TestStream().addElements(1 as never)).to.throw(/an array of elements/)
    expect(() => new TestStream().advanceProcessingTime('soon' as never)).to.throw(/`by`/)
    expect(() => new TestStream<1, {a: 1}>().addElements([1], {tag: ''} as never)).to.throw(/`tag`/)
  })
  it('refuses a script for an output that nobody reads', async () => {
    const stream = new TestStream<number, {right: number}>().addElements([1], {tag: 'right'})
    const error = await rejection(collect(stream.pipe(map((n: number) => n))))
    expect(error.message).to.match(/events for output 'right', which nobody reads: connect tagged\('right'\)/)
  })
  it('refuses more of the script once it has started', async () => {
    const stream = new TestStream<number>().addElements([1])
    await new Promise(resolve => stream.pipe(discard()).on('finish', resolve))
    expect(() => stream.addElements([2])).to.throw(/has started: give the whole script before that/)
  })
})
