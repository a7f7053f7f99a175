import {PassThrough, Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {type Bundle, BundleStage, STAGE, stageDescriptor} from '../../lib/core/index.ts'
import {
  afterCount,
  afterProcessingTime,
  afterWatermark,
  asList,
  type DoFn,
  fixedWindows,
  flatten,
  globalWindow,
  map,
  never,
  Pipeline,
  parDo,
  repeatedly,
  sessions,
  track,
  windowInto,
} from '../../lib/index.ts'
import {testSource} from '../../lib/testing/index.ts'
import {afterGrouping, inputStrategy, refuseGrouping, strategyFrom} from '../../lib/windowing/index.ts'
import {rejection, TestSink, TestSource} from '../core/support.ts'

/** A stage that declares what groupings declare, and passes elements on. */
class Grouping extends BundleStage<number, number> {
  constructor(state?: 'volatile') {
    super(
      {},
      stageDescriptor({
        windowing: inputs => afterGrouping(strategyFrom(inputs)),
        refuse: () => refuseGrouping(this[STAGE], {state}),
      }),
    )
  }
  protected override takeBundle(bundle: Bundle<number>, _watermark: number, done: () => void): void {
    this.hand(bundle)
    this.whenRoom(done)
  }
  protected override async finishInput(): Promise<void> {}
  protected override takeBarrier(): void {}
  protected override abort(): void {}
}
const grouping = (state?: 'volatile') => new Grouping(state) as unknown as DoFn<number, number>
const endless = () => new TestSource<number>([[1]], {name: 'events'}, {unbounded: true})
const times = () => ({timestamp: (n: number) => n})

/** The error of a chain that was refused before its source was read. */
async function refused(source: TestSource<number>, ...stages: DoFn<number, number>[]): Promise<Error> {
  const error = await rejection(pipeline([source, ...stages, new TestSink()] as never))
  expect(source.pulled, error.message).to.equal(0)
  expect(error).to.include({code: 'ERR_SLUICE_WINDOWING'})
  return error
}

describe('a grouping', () => {
  it('refuses unbounded input in the global window without a trigger, with two ways out', async () => {
    const error = await refused(endless(), grouping())
    expect(error.message).to.match(
      /^Grouping would never emit anything: events never ends.*windowInto\(fixedWindows.*windowInto\(globalWindow\(\), {trigger/,
    )
  })

  it('refuses it for a trigger that waits for the end of the window, too', async () => {
    const window = windowInto<number>(globalWindow(), {trigger: afterWatermark(), accumulation: 'discarding'})
    await refused(endless(), window, grouping())
  })

  it('refuses it behind other stages, and in a Pipeline', async () => {
    const source = endless()
    const p = new Pipeline()
    p.apply(source)
      .apply(map(n => n + 1))
      .apply('Count', grouping())
      .apply(new TestSink<number>())
    expect(await rejection(p.run())).to.include({code: 'ERR_SLUICE_WINDOWING', stage: 'Count'})
    expect(source.pulled).to.equal(0)
  })

  it('refuses it in whatever order the chain is connected', () => {
    const [source, middle, end] = [endless(), map((n: number) => n), grouping()]
    middle.pipe(end).pipe(new TestSink())
    expect(() => source.pipe(middle)).to.throw(/would never emit anything/)
  })

  it('takes unbounded input with a trigger that fires, in other windows, or with never()', async () => {
    const trigger = repeatedly(afterCount(10))
    for (const window of [
      windowInto<number>(globalWindow(), {trigger, accumulation: 'discarding'}),
      windowInto<number>(globalWindow(), {trigger: never(), accumulation: 'discarding'}),
      windowInto<number>(fixedWindows(10), times()),
    ])
      await pipeline(endless(), window, grouping(), new TestSink())
  })

  it('takes bounded input in the global window without a word', async () => {
    await pipeline(new TestSource([[1]]), grouping(), new TestSink())
  })

  it('takes the trigger of an earlier grouping, which goes on', async () => {
    const window = windowInto<number>(globalWindow(), {
      trigger: repeatedly(afterProcessingTime('1s')),
      accumulation: 'discarding',
    })
    const second = grouping()
    await pipeline(endless(), window, grouping(), second, new TestSink())
    expect(inputStrategy(second.info).trigger).to.deep.equal({
      kind: 'repeatedly',
      trigger: {kind: 'after-synchronized-processing-time'},
    })
  })

  it('refuses windows that a foreign stream has lost, and names what keeps them', async () => {
    const source = new TestSource([[1]])
    const foreign = new PassThrough({objectMode: true})
    const chained = pipeline(source, windowInto(fixedWindows(10), times()), foreign, grouping(), new TestSink())
    const error = await rejection(chained)
    expect(error).to.include({code: 'ERR_SLUICE_WINDOWING'})
    expect(error.message).to.match(/windows \(fixed\(10, 0\)\) are lost on the way.*track\(transform\)/)
    expect(source.pulled).to.equal(0)
  })

  it('has the windows that come through track()', async () => {
    const end = grouping()
    const tracked = track<number, number>(new PassThrough({objectMode: true}))
    await pipeline(new TestSource([[1]]), windowInto(fixedWindows(10), times()), tracked, end, new TestSink())
    expect(inputStrategy(end.info).windowFn.key).to.equal('fixed(10, 0)')
  })

  it('takes elements of a stream that is not ours, in the global window', async () => {
    await pipeline(Readable.from([1]), grouping(), new TestSink())
  })

  it("refuses messages without state: 'volatile'", async () => {
    const source = testSource([[1]], {leases: true})
    const error = await rejection(pipeline(source, grouping(), new TestSink()))
    expect(error).to.include({code: 'ERR_SLUICE_WINDOWING'})
    expect(error.message).to.match(/groups messages.*{state: 'volatile'}.*are lost/)
    expect(source.pulled).to.equal(0)
    await pipeline(testSource([[1]], {leases: true}), grouping('volatile'), new TestSink())
  })

  it("refuses 'nack' downstream of it", async () => {
    const source = testSource([[1]], {leases: true})
    const after = parDo((n: number) => [n], {name: 'later', onError: 'nack'} as never)
    const error = await rejection(pipeline(source, grouping('volatile'), after, new TestSink()))
    expect(error).to.include({code: 'ERR_SLUICE_WINDOWING', stage: 'later'})
    expect(source.pulled).to.equal(0)
  })
})

describe('flatten()', () => {
  const windowed = (fn: Parameters<typeof windowInto>[0], options = {}) => {
    const source = new TestSource<number>([[1]])
    const stage = windowInto<number>(fn, {...times(), ...options, name: fn.key})
    source.pipe(stage)
    return stage
  }

  it('refuses inputs in different windows, and names both', () => {
    expect(() => flatten(windowed(fixedWindows(10)), windowed(fixedWindows(20))))
      .to.throw(
        /flatten joins collections with different windows: fixed\(10, 0\) has fixed\(10, 0\), .* has fixed\(20, 0\)/,
      )
      .with.property('code', 'ERR_SLUICE_WINDOWING')
  })

  it('refuses one input in windows and one in none', () => {
    expect(() => flatten(windowed(fixedWindows(10)), new TestSource<number>([[1]]))).to.throw(/has global/)
  })

  it('refuses inputs with different triggers, accumulation or lateness', () => {
    const differ = (options: object) => () => flatten(windowed(fixedWindows(10)), windowed(fixedWindows(10), options))
    expect(differ({trigger: repeatedly(afterCount(1)), accumulation: 'discarding'})).to.throw(/different triggers/)
    expect(differ({accumulation: 'accumulating'})).to.throw(/different accumulation/)
    expect(differ({allowedLateness: 5})).to.throw(/different allowed lateness/)
  })

  it('takes inputs of equal windows, which it has too', async () => {
    const end = grouping()
    await pipeline(flatten(windowed(fixedWindows(10)), windowed(fixedWindows(10))), end, new TestSink())
    expect(inputStrategy(end.info).windowFn.key).to.equal('fixed(10, 0)')
  })

  it('looks at inputs again when these are connected later', () => {
    const [a, b] = [map((n: number) => n), map((n: number) => n)]
    const all = flatten(a, b)
    all.pipe(new TestSink())
    windowed(fixedWindows(10)).pipe(a)
    expect(() => windowed(fixedWindows(20)).pipe(b)).to.throw(/different windows/)
  })

  it('is refused in a Pipeline before anything is read', async () => {
    const source = new TestSource<number>([[1]])
    const p = new Pipeline()
    const all = p.apply(source)
    const a = all.apply('A', windowInto(fixedWindows(10), times()))
    const b = all.apply('B', windowInto(fixedWindows(20), times()))
    p.apply('All', flatten(a, b)).apply(new TestSink<number>())
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_WINDOWING', stage: 'All'})
    expect(error.message).to.match(/A has fixed\(10, 0\), B has fixed\(20, 0\)/)
    expect(source.pulled).to.equal(0)
  })
})

describe('a side input', () => {
  it('cannot be in sessions', async () => {
    const source = new TestSource<number>([[1]])
    const p = new Pipeline()
    const side = p.apply('Side', source).apply(windowInto(sessions(10), times()))
    p.apply('Main', new TestSource([[1]]))
      .apply(map((n, c) => n + c.side.all.length, {side: {all: asList(side)}}))
      .apply(new TestSink<number>())
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_WINDOWING'})
    expect(error.message).to.match(/a side input cannot be in sessions/)
    expect(source.pulled).to.equal(0)
  })
})
