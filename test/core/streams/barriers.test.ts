import {once} from 'node:events'
import {PassThrough, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {
  Bundle,
  DoFn,
  type DoFnOptions,
  type ProcessContext,
  SideBuffer,
  Source,
  stageDescriptor,
} from '../../../lib/core/index.ts'
import {onBarrier} from '../../../lib/core/streams/barriers.ts'
import {EMIT_BARRIER} from '../../../lib/core/streams/internals.ts'
import {asList} from '../../../lib/transforms/index.ts'
import {deferred} from '../../../lib/util/index.ts'
import {Log, Numbers, planned, segments} from '../barrier-logs.ts'
import {TestLease} from '../fakes.ts'
import {doFn, ManualSource, numbers, rejection, settle, TestSource, until} from '../support.ts'

describe('onBarrier', () => {
  it('hears each barrier that arrives at a stage, until it is removed', async () => {
    const [source, sink] = [new ManualSource<number>(), new Log()]
    const heard: number[] = []
    const remove = onBarrier(sink.info, barrier => heard.push(barrier))
    const done = pipeline(source, sink)
    source.give([1])
    await settle()
    source[EMIT_BARRIER](1)
    source[EMIT_BARRIER](2)
    await settle()
    remove()
    source[EMIT_BARRIER](3)
    source.finish()
    await done
    expect(heard).to.deep.equal([1, 2])
    expect(sink.log).to.deep.equal([1, '#1', '#2', '#3'])
  })
})

describe('a barrier of a source', () => {
  it('is delivered after pipe() when it was emitted before', async () => {
    const [source, sink] = [new ManualSource<number>(), new Log()]
    source[EMIT_BARRIER](1)
    source.give([7]).finish()
    await pipeline(source, sink)
    expect(sink.log).to.deep.equal(['#1', 7])
  })

  it('does not reach a reader that is not a stage, however it was emitted', async () => {
    const source = new ManualSource<number>()
    source[EMIT_BARRIER](1)
    source.give([7, 8]).finish()
    const read: unknown[] = []
    for await (const value of source) {
      read.push(value)
      source[EMIT_BARRIER](2)
    }
    expect(read).to.deep.equal([7, 8])
  })

  it('leaves at once when downstream is full, after what was pushed and before what was only received', async () => {
    const open = deferred<void>()
    const [source, sink] = [new TestSource(numbers(10).map(n => [n])), new Log(open.promise)]
    const done = pipeline(source, sink)
    await settle(10)
    const pushed = source.info.metrics.out
    expect(pushed).to.be.lessThan(10)
    expect(source.pulled).to.be.greaterThan(0)
    source[EMIT_BARRIER](1)
    open.resolve()
    await done
    const at = sink.log.indexOf('#1')
    expect(sink.log.slice(0, at)).to.deep.equal(numbers(pushed))
    expect(sink.log.slice(at + 1)).to.deep.equal(numbers(10 - pushed, pushed))
  })

  it('leaves at once when the source is paused by hand', async () => {
    const [source, sink] = [new ManualSource<number>(), new Log()]
    source.pipe(sink)
    source.give([1])
    await settle()
    source.pause()
    source[EMIT_BARRIER](1)
    source.give([2]).finish()
    await settle()
    source.resume()
    await once(sink, 'finish')
    expect(sink.log).to.deep.equal([1, '#1', 2])
  })

  it('is in the middle of an array that is handed on in slices, when it comes there', async () => {
    const open = deferred<void>()
    const [source, sink] = [new TestSource([numbers(5000)]), new Log(open.promise)]
    const done = pipeline(source, sink)
    await settle(10)
    const pushed = source.info.metrics.out
    source[EMIT_BARRIER](1)
    open.resolve()
    await done
    expect(sink.log.indexOf('#1')).to.equal(pushed)
    expect(sink.log.filter(entry => typeof entry === 'number')).to.deep.equal(numbers(5000))
  })

  it('leaves its tagged outputs too, after what they were given', async () => {
    class Tagged extends Source<number, {odd: number}> {
      override async *bundles() {
        for (const n of [1, 2]) {
          await this.emitTagged('odd', new Bundle<unknown>([-n]))
          yield [n]
          this[EMIT_BARRIER](n)
        }
      }
    }
    const [source, main, tagged] = [new Tagged(), new Log(), new Log()]
    source.tagged('odd').pipe(tagged)
    await pipeline(source, main)
    expect(main.log).to.deep.equal([1, '#1', 2, '#2'])
    expect(tagged.log).to.deep.equal([-1, '#1', -2, '#2'])
  })

  it('comes to nothing after the end', async () => {
    const [source, sink] = [new ManualSource<number>(), new Log()]
    source.finish()
    await pipeline(source, sink)
    source[EMIT_BARRIER](1)
    await settle()
    expect(sink.log).to.deep.equal([])
  })
})

describe('a barrier at a stage', () => {
  it('is refused where several streams are piped into one stage, which says what to do', async () => {
    const [first, second, stage] = [new ManualSource<number>(), new ManualSource<number>(), doFn(n => [n])]
    const failed = once(stage, 'error')
    first.pipe(stage, {end: false})
    second.pipe(stage, {end: false})
    stage.pipe(new Log())
    first[EMIT_BARRIER](1)
    const [error] = await failed
    expect(error).to.include({code: 'ERR_SLUICE_GRAPH', stage: 'TestFn'})
    expect(error.message).to.include('merge them with flatten()')
  })

  it('passes where a second stream was piped in and has ended', async () => {
    const [first, second, stage, sink] = [
      new ManualSource<number>(),
      new ManualSource<number>(),
      doFn(n => [n]),
      new Log(),
    ]
    first.pipe(stage, {end: false})
    second.pipe(stage)
    stage.pipe(sink)
    first.give([1]).finish()
    await once(first, 'end')
    await settle()
    second.give([2])
    await settle()
    second[EMIT_BARRIER](1)
    second.finish()
    await once(sink, 'finish')
    expect(sink.log).to.deep.equal([1, 2, '#1'])
  })

  for (const asynchronous of [false, true])
    it(`leaves all tags after what ${asynchronous ? 'asynchronous' : 'synchronous'} calls have emitted to them`, async () => {
      const emit = (n: number, c: {emit(tag: string, value: unknown): void}) => {
        c.emit(n % 2 === 0 ? 'even' : 'odd', n)
        return [n]
      }
      const process = async (n: number, c: ProcessContext<Record<string, unknown>>) => {
        await settle((n * 5) % 3)
        return emit(n, c)
      }
      const stage = doFn<number, number>(asynchronous ? process : emit, {concurrency: 4, ordered: false})
      const plan = {count: 30, size: 4, every: 6}
      const [main, even, odd] = [new Log(), new Log(), new Log()]
      stage.tagged('even').pipe(even)
      stage.tagged('odd').pipe(odd)
      await pipeline(new Numbers(plan), stage, main)
      expect(segments(main.log)).to.deep.equal(planned(plan))
      const both = segments(even.log).map((part, k) => [...part, ...segments(odd.log)[k]!].sort((a, b) => a - b))
      expect(both).to.deep.equal(planned(plan))
    })

  it('waits after the outputs that a stage has no room for', async () => {
    const open = deferred<void>()
    const stage = doFn<number, number>(n => numbers(n))
    const [source, sink] = [new ManualSource<number>(), new Log(open.promise)]
    const done = pipeline(source, stage, sink)
    source.give([5000])
    await settle(10)
    source[EMIT_BARRIER](1)
    source.give([1]).finish()
    await settle(10)
    open.resolve()
    await done
    expect(sink.log.indexOf('#1')).to.equal(5000)
    expect(sink.log).to.have.length(5002)
  })

  it('comes after the outputs of finishBundle', async () => {
    let sum = 0
    const stage = doFn<number, number>({
      process(n) {
        sum += n
      },
      finishBundle: () => [sum],
    })
    const [source, sink] = [new Numbers({count: 4, size: 2, every: 2}), new Log()]
    await pipeline(source, stage, sink)
    expect(sink.log).to.deep.equal([1, '#1', 6, '#2'])
  })

  it('goes nowhere when its stage is destroyed while it waits for calls in flight', async () => {
    class Hanging extends DoFn<number, number> {
      constructor() {
        super({}, stageDescriptor({stateful: true}))
      }
      override async process() {
        await new Promise(() => {})
        return []
      }
    }
    const [source, stage, sink] = [new ManualSource<number>(), new Hanging(), new Log()]
    const failed = rejection(pipeline(source, stage, sink))
    source.give([1])
    await settle()
    source[EMIT_BARRIER](1)
    await settle()
    stage.destroy(new Error('enough'))
    expect((await failed).message).to.equal('enough')
    await settle()
    expect(sink.log).to.deep.equal([])
  })

  it('does not disturb a foreign stream, and does not come out of it', async () => {
    const seen: unknown[] = []
    const foreign = new Writable({
      objectMode: true,
      write(chunk, _encoding, done) {
        seen.push(chunk)
        done()
      },
    })
    await pipeline(
      new Numbers({count: 6, size: 2, every: 2}),
      doFn(n => [n]),
      new PassThrough({objectMode: true}),
      foreign,
    )
    expect(seen).to.deep.equal(numbers(6))
  })
})

describe('a barrier at a SideBuffer', () => {
  function buffered(budget: number, open?: Promise<void>) {
    const sides = {ready: false}
    const buffer = new SideBuffer(doFn(n => [n], {name: 'Enrich'}).info, sides, budget)
    return {sides, buffer, sink: new Log(open)}
  }

  for (const [where, budget] of [
    ['in memory', 1e9],
    ['on disk', 0],
  ] as const) {
    it(`keeps its place among what waits ${where}`, async () => {
      const open = deferred<void>()
      const {sides, buffer, sink} = buffered(budget, open.promise)
      const plan = {count: 60, size: 4, every: 7}
      const source = new Numbers(plan)
      const done = pipeline(source, buffer, sink)
      await once(source, 'end')
      if (budget === 0) await settle(20)
      sides.ready = true
      open.resolve()
      await done
      expect(segments(sink.log)).to.deep.equal(planned(plan))
    })

    it(`is followed by the watermark that came after it, with what waits ${where}`, async () => {
      const open = deferred<void>()
      const {buffer, sink} = buffered(budget, open.promise)
      const source = new ManualSource<number>()
      const done = pipeline(source, buffer, sink)
      source.give([1]).give([2]).give([3])
      await settle(10)
      source[EMIT_BARRIER](1)
      source.give(new Bundle<number>([], {watermark: 50}))
      await settle(10)
      open.resolve()
      await until(() => buffer.info.watermark === 50)
      await until(() => sink.log.length === 4)
      expect(sink.log).to.deep.equal([1, 2, 3, '#1'])
      source.finish()
      await done
    })
  }

  it('waits for room, as elements do', async () => {
    const open = deferred<void>()
    const {sides, buffer, sink} = buffered(1e9, open.promise)
    sides.ready = true
    const source = new ManualSource<number>()
    const done = pipeline(source, buffer, sink)
    source.give([1]).give([2])
    await settle(10)
    const before = buffer.readableLength
    for (let barrier = 1; barrier <= 20; barrier++) source[EMIT_BARRIER](barrier)
    await settle(10)
    expect(buffer.readableLength).to.be.at.most(before + 1)
    source.finish()
    open.resolve()
    await done
    expect(sink.log.slice(0, 3)).to.deep.equal([1, 2, '#1'])
    expect(sink.log).to.have.length(22)
  })
})

describe('a barrier at a DoFn that waits for its side inputs', () => {
  interface Sides {
    all: readonly number[]
  }
  class Add extends DoFn<number, number, {}, Sides> {
    constructor(all: Source<number>, options: DoFnOptions & {stateful: boolean}) {
      const {stateful, ...rest} = options
      super({...rest, side: {all: asList(all)}}, stageDescriptor({stateful}))
    }
    override process(n: number, c: ProcessContext<{}, Sides>) {
      return [n + c.side.all.length]
    }
  }

  it('waits after the elements that wait', async () => {
    const [source, side, sink] = [new ManualSource<number>(), new ManualSource<number>(), new Log()]
    const done = pipeline(source, new Add(side, {stateful: false}), sink)
    source.give([10])
    await settle()
    source[EMIT_BARRIER](1)
    source.give([20]).finish()
    await settle(10)
    expect(sink.log).to.deep.equal([])
    side.give([0]).finish()
    await done
    expect(sink.log).to.deep.equal([11, '#1', 21])
  })

  it('passes the elements that wait at a step with state, whose state they are', async () => {
    const [source, side, sink] = [new ManualSource<number>(), new ManualSource<number>(), new Log()]
    const done = pipeline(source, new Add(side, {stateful: true}), sink)
    for (const n of [10, 20, 30]) source.give([n])
    await settle(10)
    source[EMIT_BARRIER](1)
    await settle(10)
    expect(sink.log).to.deep.equal(['#1'])
    source.give([40])
    side.give([0]).finish()
    await settle(10)
    source[EMIT_BARRIER](2)
    source.give([50]).finish()
    await done
    expect(sink.log).to.deep.equal(['#1', 11, 21, 31, 41, '#2', 51])
  })

  it('lets a step with state take all elements that wait, and end', async () => {
    const [source, side, sink] = [new TestSource(numbers(2000).map(n => [n])), new ManualSource<number>(), new Log()]
    const done = pipeline(source, new Add(side, {stateful: true}), sink)
    await once(source, 'end')
    side.finish()
    await done
    expect(sink.log).to.deep.equal(numbers(2000))
  })

  it('keeps the watermark after the elements that wait', async () => {
    const [source, side] = [new ManualSource<number>(), new ManualSource<number>()]
    const stage = new Add(side, {stateful: true})
    const [sink] = [new Log()]
    const done = pipeline(source, stage, sink)
    source.give(new Bundle([1], {watermark: 5})).give(new Bundle<number>([], {watermark: 9}))
    await settle(10)
    expect(stage.info.watermark).to.equal(Number.NEGATIVE_INFINITY)
    side.finish()
    await settle(10)
    expect(stage.info.watermark).to.equal(9)
    source.finish()
    await done
  })

  it('gives the messages that wait back when the stage is destroyed', async () => {
    const leases = numbers(3).map(n => new TestLease(n))
    const source = new TestSource<number>(
      leases.map((lease, n) => new Bundle([n], {leases: [lease]})),
      {},
      {leased: true},
    )
    const stage = new Add(new ManualSource<number>(), {stateful: true})
    const failed = rejection(pipeline(source, stage, new Log()))
    await settle(10)
    stage.destroy(new Error('enough'))
    expect((await failed).message).to.equal('enough')
    expect(leases.map(({nacked}) => nacked !== undefined)).to.deep.equal([true, true, true])
  })

  it('fails when the side input fails, with elements waiting', async () => {
    const [source, side] = [new ManualSource<number>(), new ManualSource<number>()]
    const failed = rejection(pipeline(source, new Add(side, {stateful: true}), new Log()))
    source.give([1]).finish()
    await settle(10)
    side.destroy(new Error('no rates'))
    expect((await failed).message).to.include('no rates')
  })
})
