import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {
  type BoundedWindow,
  GLOBAL_WINDOW,
  type ProcessContext,
  Source,
  stageDescriptor,
  timestamped,
} from '../../../lib/core/index.ts'
import {assertThat, collect, TestStream, testSink} from '../../../lib/testing/index.ts'
import {combinePerKey, count, flatten, type KV, map, toList, windowInto} from '../../../lib/transforms/index.ts'
import {
  afterCount,
  afterEach,
  afterProcessingTime,
  afterWatermark,
  defaultTrigger,
  fixedWindows,
  never,
  orFinally,
  repeatedly,
  slidingWindows,
} from '../../../lib/windowing/index.ts'
import type {Case, ExpectedPane, Step} from '../../conformance/beam/case.ts'
import {panesHere} from '../../conformance/beam/here.ts'
import type {Windowing} from '../../windowing/reference/windows.ts'
import {thrown} from '../support.ts'

const fixed: Windowing = {kind: 'fixed', size: 10, offset: 0}
const gap10: Windowing = {kind: 'sessions', gap: 10}
const global: Windowing = {kind: 'global'}

/** An element of key a; its timestamp is its value if no other is given. */
const at = (timestamp: number, value = timestamp, key = 'a'): Step => ['add', key, value, timestamp]
const watermark = (to: number): Step => ['watermark', to]
const clock = (by: number): Step => ['clock', by]

/** The panes of a script as text: `a [0, 10) on-time 0/0 last: 1 2`, with the index and the on-time index. */
async function panes(script: readonly Step[], options: Partial<Case> = {}): Promise<string[]> {
  const given: Case = {
    name: '',
    windows: fixed,
    trigger: defaultTrigger(),
    accumulation: 'discarding',
    lateness: 0,
    timestampCombiner: 'end-of-window',
    closing: 'if-non-empty',
    onTime: 'always',
    script,
    ...options,
  }
  return (await panesHere(given)).map(show)
}

function show({key, window, timing, index, onTimeIndex, isLast, values}: ExpectedPane): string {
  const span = window[0] === GLOBAL_WINDOW.start ? 'global' : `[${window[0]}, ${window[1]})`
  return `${key} ${span} ${timing} ${index}/${onTimeIndex}${isLast ? ' last' : ''}: ${values.join(' ')}`.trim()
}

describe("Beam's rules of windows", () => {
  it('the global window holds everything', async () => {
    expect(await panes([at(-1e9), at(1e9)], {windows: global})).to.deep.equal([
      'a global on-time 0/0 last: -1000000000 1000000000',
    ])
  })
  it('a fixed window starts at the timestamp minus its floor modulo, also before 1970', async () => {
    const windows: Windowing = {kind: 'fixed', size: 10, offset: 3}
    expect(await panes([at(2), at(3), at(-7), at(-8)], {windows})).to.deep.equal([
      'a [-17, -7) on-time 0/0 last: -8',
      'a [-7, 3) on-time 0/0 last: -7 2',
      'a [3, 13) on-time 0/0 last: 3',
    ])
  })
  it('sliding windows start at the multiples of the period in the last `size` milliseconds', async () => {
    const windows: Windowing = {kind: 'sliding', size: 10, period: 4, offset: 0}
    expect(await panes([at(9)], {windows})).to.deep.equal([
      'a [0, 10) on-time 0/0 last: 9',
      'a [4, 14) on-time 0/0 last: 9',
      'a [8, 18) on-time 0/0 last: 9',
    ])
  })
  it('sliding windows smaller than their period leave some elements in none', async () => {
    const windows: Windowing = {kind: 'sliding', size: 2, period: 5, offset: 0}
    expect(await panes([at(1), at(2), at(4), at(5)], {windows})).to.deep.equal([
      'a [0, 2) on-time 0/0 last: 1',
      'a [5, 7) on-time 0/0 last: 5',
    ])
  })
  it('a session is [t, t + gap), and those that overlap are one', async () => {
    expect(await panes([at(1), at(9)], {windows: gap10})).to.deep.equal(['a [1, 19) on-time 0/0 last: 1 9'])
  })
  it('sessions that only touch stay two', async () => {
    expect(await panes([at(1), at(11)], {windows: gap10})).to.deep.equal([
      'a [1, 11) on-time 0/0 last: 1',
      'a [11, 21) on-time 0/0 last: 11',
    ])
  })
  it('sessions are those of a key', async () => {
    expect(await panes([at(1, 1, 'a'), at(2, 2, 'b')], {windows: gap10})).to.deep.equal([
      'a [1, 11) on-time 0/0 last: 1',
      'b [2, 12) on-time 0/0 last: 2',
    ])
  })
  it("a window's last instant is its end minus a millisecond: only beyond it the watermark has passed it", async () => {
    expect(await panes([at(1), watermark(9), at(2), watermark(10), at(3)])).to.deep.equal([
      'a [0, 10) on-time 0/0 last: 1 2',
    ])
  })
  it('windows have no effect before the next grouping', async () => {
    const stream = new TestStream<number>()
      .addElements([timestamped(1, 5)])
      .advanceWatermarkTo(100)
      .addElements([2])
    const windowed = stream.pipe(windowInto<number>(fixedWindows(10))).pipe(map((n: number) => n * 10))
    expect(await collect(windowed)).to.deep.equal([10, 20])
  })
  it('a later windowInto replaces the windows', async () => {
    const sink = testSink<KV<string, number>>()
    await pipeline(
      new TestStream<KV<string, number>>().addElements([timestamped(['a', 1], 5), timestamped(['a', 2], 15)]),
      windowInto<KV<string, number>>(fixedWindows(10)),
      windowInto<KV<string, number>>(fixedWindows(20)),
      combinePerKey(count()),
      sink,
    )
    expect(sink.values).to.deep.equal([['a', 2]])
  })
  it('a pane has the end of its window as its timestamp', async () => {
    expect(await timestamps('end-of-window')).to.deep.equal([9])
  })
  it('or the earliest of its elements', async () => {
    expect(await timestamps('earliest')).to.deep.equal([2])
  })
  it('or the latest of them', async () => {
    expect(await timestamps('latest')).to.deep.equal([7])
  })
})

/** A source that says that it never ends. */
class Endless extends Source<KV<string, number>> {
  constructor() {
    super({}, stageDescriptor({unbounded: true}))
  }
  override *bundles() {
    yield [['a', 1] as const]
  }
}

async function timestamps(timestampCombiner: Case['timestampCombiner']): Promise<number[]> {
  const script = [at(5), at(2), at(7)]
  const rest = {lateness: 0, closing: 'if-non-empty', onTime: 'always', accumulation: 'discarding', name: ''} as const
  const found = await panesHere({...rest, windows: fixed, trigger: defaultTrigger(), timestampCombiner, script})
  return found.map(pane => pane.timestamp)
}

describe("Beam's rules of lateness", () => {
  it('without lateness, what comes after the watermark has passed its window is dropped', async () => {
    expect(await panes([at(1), watermark(10), at(2)])).to.deep.equal(['a [0, 10) on-time 0/0 last: 1'])
  })
  it('late is judged by the watermark, not by the clock or by other elements', async () => {
    expect(await panes([at(95), clock(1000), at(1)])).to.deep.equal([
      'a [0, 10) on-time 0/0 last: 1',
      'a [90, 100) on-time 0/0 last: 95',
    ])
  })
  it('an element behind the watermark is not late while its window is open', async () => {
    expect(await panes([watermark(8), at(1)])).to.deep.equal(['a [0, 10) on-time 0/0 last: 1'])
  })
  it('with the default trigger and lateness, each late element is a pane', async () => {
    expect(await panes([at(1), watermark(10), at(2), at(3)], {lateness: 5})).to.deep.equal([
      'a [0, 10) on-time 0/0: 1',
      'a [0, 10) late 1/1: 2',
      'a [0, 10) late 2/2: 3',
    ])
  })
  it('beyond the lateness an element is dropped', async () => {
    expect(await panes([at(1), watermark(14), at(2), watermark(15), at(3)], {lateness: 5})).to.deep.equal([
      'a [0, 10) on-time 0/0: 1',
      'a [0, 10) late 1/1: 2',
    ])
  })
  it('what is dropped is counted, and can be had as the tagged output late', async () => {
    const group = combinePerKey<string, number, number, number>(count())
    const late = collect(group.tagged('late'))
    await pipeline(
      new TestStream<KV<string, number>>().advanceWatermarkTo(10).addElements([timestamped(['a', 1], 5)]),
      windowInto<KV<string, number>>(fixedWindows(10)),
      group,
      testSink(),
    )
    expect(await late).to.deep.equal([['a', 1]])
  })
  it('lateness is that of the collection: a second grouping takes the late panes of the first', async () => {
    const sink = testSink<KV<string, number[]>>()
    await pipeline(
      new TestStream<KV<string, number>>()
        .addElements([timestamped(['a', 1], 5)])
        .advanceWatermarkTo(10)
        .addElements([timestamped(['a', 2], 6)]),
      windowInto<KV<string, number>>(fixedWindows(10), {allowedLateness: 20}),
      combinePerKey(count()),
      combinePerKey(toList<number>()),
      sink,
    )
    expect(sink.values).to.deep.equal([
      ['a', [1]],
      ['a', [1]],
    ])
  })
})

describe("Beam's rules of triggers and panes", () => {
  it('the default trigger is afterWatermark, repeated', async () => {
    const script = [at(1), watermark(10), at(2), at(3), watermark(25), at(4)]
    const repeated = await panes(script, {trigger: repeatedly(afterWatermark()), lateness: 10})
    expect(await panes(script, {lateness: 10})).to.deep.equal(repeated)
  })
  it('early and late are repeated by themselves', async () => {
    const script = [at(1), at(2), watermark(10), at(3), at(4)]
    const trigger = afterWatermark({early: afterCount(1), late: afterCount(1)})
    expect(await panes(script, {trigger, lateness: 10})).to.deep.equal([
      'a [0, 10) early 0/-1: 1',
      'a [0, 10) early 1/-1: 2',
      'a [0, 10) on-time 2/0:',
      'a [0, 10) late 3/1: 3',
      'a [0, 10) late 4/2: 4',
    ])
  })
  it('discarding panes hold what came since the one before', async () => {
    const trigger = afterWatermark({early: afterCount(2)})
    expect(await panes([at(1), at(2), at(3)], {trigger})).to.deep.equal([
      'a [0, 10) early 0/-1: 1 2',
      'a [0, 10) on-time 1/0 last: 3',
    ])
  })
  it('accumulating panes hold everything so far', async () => {
    const trigger = afterWatermark({early: afterCount(2)})
    expect(await panes([at(1), at(2), at(3)], {trigger, accumulation: 'accumulating'})).to.deep.equal([
      'a [0, 10) early 0/-1: 1 2',
      'a [0, 10) on-time 1/0 last: 1 2 3',
    ])
  })
  it('a trigger needs an accumulation', () => {
    const make = () => windowInto(fixedWindows(10), {trigger: afterWatermark({early: afterCount(1)})} as never)
    expect(thrown(make)).to.include({code: 'ERR_SLUICE_WINDOWING'})
  })
  it('the default is discarding', async () => {
    const sink = testSink<KV<string, number[]>>()
    await pipeline(
      new TestStream<KV<string, number>>()
        .addElements([timestamped(['a', 1], 5)])
        .advanceWatermarkTo(10)
        .addElements([timestamped(['a', 2], 6)]),
      windowInto<KV<string, number>>(fixedWindows(10), {allowedLateness: 20}),
      combinePerKey(toList<number>()),
      sink,
    )
    expect(sink.values).to.deep.equal([
      ['a', [1]],
      ['a', [2]],
    ])
  })
  it('an endless source in the global window needs a trigger', async () => {
    const error = await pipeline(new Endless(), combinePerKey(count()), testSink()).catch(e => e)
    expect(error).to.include({code: 'ERR_SLUICE_WINDOWING'})
    expect(error.message).to.match(/would never emit anything/)
  })
  it('a trigger that may finish and lose data is refused unless it is allowed', async () => {
    const trigger = afterCount(2)
    const run = (allowUnsafeTriggers: boolean) =>
      pipeline(
        new TestStream<KV<string, number>>().addElements([timestamped(['a', 1], 5)]),
        windowInto<KV<string, number>>(fixedWindows(10), {trigger, accumulation: 'discarding', allowUnsafeTriggers}),
        combinePerKey(count()),
        testSink(),
      )
    const error = await run(false).catch(e => e)
    expect(error).to.include({code: 'ERR_SLUICE_WINDOWING'})
    await run(true)
  })
  it('a finished trigger leaves a tombstone: later data of the key and window is dropped', async () => {
    expect(await panes([at(1), at(2), at(3), at(4), at(5, 5, 'b')], {trigger: afterCount(2)})).to.deep.equal([
      'a [0, 10) early 0/-1 last: 1 2',
      'b [0, 10) on-time 0/0 last: 5',
    ])
  })
  it('what a tombstone drops can be had as the tagged output closed', async () => {
    const group = combinePerKey<string, number, number, number>(count())
    const closed = collect(group.tagged('closed'))
    const options = {trigger: afterCount(1), accumulation: 'discarding', allowUnsafeTriggers: true} as const
    await pipeline(
      new TestStream<KV<string, number>>().addElements([timestamped(['a', 1], 5), timestamped(['a', 2], 6)]),
      windowInto<KV<string, number>>(fixedWindows(10), options),
      group,
      testSink(),
    )
    expect(await closed).to.deep.equal([['a', 2]])
  })
  it('a tombstone goes when the window expires, and then nothing comes any more', async () => {
    expect(await panes([at(1), at(2), watermark(50), at(3)], {trigger: afterCount(1), lateness: 20})).to.deep.equal([
      'a [0, 10) early 0/-1 last: 1',
    ])
  })
  it('an on-time pane comes even if it is empty', async () => {
    expect(await panes([at(1)], {trigger: afterWatermark({early: afterCount(1)})})).to.deep.equal([
      'a [0, 10) early 0/-1: 1',
      'a [0, 10) on-time 1/0 last:',
    ])
  })
  it('but not with onTime: if-non-empty', async () => {
    const trigger = afterWatermark({early: afterCount(1)})
    expect(await panes([at(1)], {trigger, onTime: 'if-non-empty'})).to.deep.equal(['a [0, 10) early 0/-1: 1'])
  })
  it('nor with a trigger that promises none', async () => {
    expect(await panes([at(1)], {trigger: repeatedly(afterCount(1))})).to.deep.equal(['a [0, 10) early 0/-1: 1'])
  })
  it('closing: always emits a last pane even if it is empty', async () => {
    expect(await panes([at(1), watermark(10)], {lateness: 10, closing: 'always'})).to.deep.equal([
      'a [0, 10) on-time 0/0: 1',
      'a [0, 10) late 1/1 last:',
    ])
  })
  it('the pane says whether it is early, on time or late, and its numbers', async () => {
    const trigger = afterWatermark({early: afterCount(1), late: afterCount(1)})
    expect(
      await panes([at(1), watermark(10), at(2)], {trigger, lateness: 10, accumulation: 'accumulating'}),
    ).to.deep.equal(['a [0, 10) early 0/-1: 1', 'a [0, 10) on-time 1/0: 1', 'a [0, 10) late 2/1: 1 2'])
  })
  it('merging numbers the panes anew', async () => {
    const trigger = afterWatermark({early: afterCount(1)})
    expect(await panes([at(1), at(5)], {windows: gap10, trigger, accumulation: 'accumulating'})).to.deep.equal([
      'a [1, 11) early 0/-1: 1',
      'a [1, 15) early 0/-1: 1 5',
      'a [1, 15) on-time 1/0 last: 1 5',
    ])
  })
  it('a session that takes an element in its middle keeps its numbers', async () => {
    const trigger = afterWatermark({early: afterCount(1)})
    const script = [at(1), at(10), ['add', 'a', 5, 1] as Step]
    const found = await panes(script, {windows: gap10, trigger, accumulation: 'accumulating'})
    expect(found.slice(1)).to.deep.equal([
      'a [1, 20) early 0/-1: 1 10',
      'a [1, 20) early 1/-1: 1 5 10',
      'a [1, 20) on-time 2/0 last: 1 5 10',
    ])
  })
  it('afterProcessingTime counts from the first element of the pane', async () => {
    const script = [at(1), clock(4), at(2), clock(1), at(3), clock(4), at(4), clock(1)]
    expect(await panes(script, {trigger: repeatedly(afterProcessingTime(5))})).to.deep.equal([
      'a [0, 10) early 0/-1: 1 2',
      'a [0, 10) early 1/-1: 3 4',
    ])
  })
  it('afterProcessingTime can be aligned', async () => {
    const script = [at(1), clock(9), at(2), clock(1)]
    const trigger = repeatedly(afterProcessingTime(5, {alignTo: 10}))
    expect((await panes(script, {trigger}))[0]).to.equal('a [0, 10) early 0/-1: 1 2')
  })
  it('afterCount of more than there are waits until the window expires', async () => {
    const script = Array.from({length: 32}, (_, i) => at(1, i))
    const [only, ...more] = await panes([...script, watermark(10), watermark(19)], {
      trigger: repeatedly(afterCount(50)),
      lateness: 10,
    })
    expect(only).to.match(/^a \[0, 10\) on-time 0\/0 last: 0 1 2 .* 31$/)
    expect(more).to.deep.equal([])
  })
  it('never waits until the window expires too', async () => {
    expect(await panes([at(1), at(2)], {trigger: never()})).to.deep.equal(['a [0, 10) on-time 0/0 last: 1 2'])
  })
  it('afterEach runs one after the other', async () => {
    const trigger = afterEach(afterCount(1), repeatedly(afterCount(2)))
    expect(await panes([at(1), at(2), at(3)], {trigger, onTime: 'if-non-empty'})).to.deep.equal([
      'a [0, 10) early 0/-1: 1',
      'a [0, 10) early 1/-1: 2 3',
    ])
  })
  it('orFinally ends a trigger', async () => {
    const trigger = orFinally(repeatedly(afterCount(1)), afterCount(2))
    expect(await panes([at(1), at(2), at(3)], {trigger})).to.deep.equal([
      'a [0, 10) early 0/-1: 1',
      'a [0, 10) early 1/-1 last: 2',
    ])
  })
})

describe("usual mistakes of those who rebuild Beam's windowed grouping", () => {
  it('no empty on-time pane after an early firing: there is one', async () => {
    const seen = assertThat(await rows([at(1), watermark(10)], afterWatermark({early: afterCount(1)})))
    await seen.equalTo(['early: 1', 'on-time: 0'])
  })
  it('all panes on time: they are early, on time and late', async () => {
    const trigger = afterWatermark({early: afterCount(1), late: afterCount(1)})
    const seen = assertThat(await rows([at(1), watermark(10), at(2)], trigger))
    await seen.equalTo(['early: 1', 'on-time: 0', 'late: 1'])
  })
  it('a state that is not cleared in discarding mode: after each firing it is empty', async () => {
    const script = [at(1), at(2), at(3), at(4), at(5), at(6)]
    const found = await panes(script, {trigger: repeatedly(afterCount(2))})
    expect(found.map(text => text.split(': ')[1])).to.deep.equal(['1 2', '3 4', '5 6'])
  })
  it('a late pane without what came before in accumulating mode: it has all', async () => {
    expect((await panes([at(1), watermark(10), at(2)], {lateness: 5, accumulation: 'accumulating'})).at(-1)).to.equal(
      'a [0, 10) late 1/1: 1 2',
    )
  })
  it('merging windows without their state: what was held is in the merged pane', async () => {
    expect(await panes([at(1), at(15), at(8)], {windows: gap10})).to.deep.equal(['a [1, 25) on-time 0/0 last: 1 8 15'])
  })
  it('merging windows without their triggers: counts add up', async () => {
    const found = await panes([at(1), at(15), at(8)], {windows: gap10, trigger: repeatedly(afterCount(3))})
    expect(found).to.deep.equal(['a [1, 25) early 0/-1: 1 8 15'])
  })
  it('merging windows without their timers: the end of the old window fires nothing', async () => {
    expect(await panes([at(1), at(5), watermark(12), watermark(30)], {windows: gap10})).to.deep.equal([
      'a [1, 15) on-time 0/0 last: 1 5',
    ])
  })
  it('merging windows without their clocks: the earliest first element counts', async () => {
    const script = [at(1), clock(3), at(5), clock(2), clock(3)]
    const found = await panes(script, {
      windows: gap10,
      trigger: repeatedly(afterProcessingTime(5)),
      onTime: 'if-non-empty',
    })
    expect(found).to.deep.equal(['a [1, 15) early 0/-1: 1 5'])
  })
  it('a watermark by the wall clock: time alone closes nothing', async () => {
    const stream = new TestStream<KV<string, number>>()
      .addElements([timestamped(['a', 1], 5)])
      .advanceProcessingTime('1h')
    stream.addElements([timestamped(['a', 2], 6)])
    const sink = testSink<KV<string, number>>()
    await pipeline(stream, windowInto<KV<string, number>>(fixedWindows(10)), combinePerKey(count()), sink)
    expect(sink.values).to.deep.equal([['a', 2]])
  })
  it('the watermark of one input for all: a flatten waits for the slowest', async () => {
    const stream = new TestStream<KV<string, number>, {slow: KV<string, number>}>()
      .addElements([timestamped(['a', 1], 5)])
      .advanceWatermarkTo(50)
      .addElements([timestamped(['a', 2], 6)], {tag: 'slow'})
    const sink = testSink<KV<string, number>>()
    const both = flatten(stream, stream.tagged('slow'))
    await pipeline(both, windowInto<KV<string, number>>(fixedWindows(10)), combinePerKey(count()), sink)
    expect(sink.values).to.deep.equal([['a', 2]])
  })
  it('keys compared as objects: equal keys are one', async () => {
    const sink = testSink<KV<{id: number; of: string}, number>>()
    await pipeline(
      new TestStream<KV<{id: number; of: string}, number>>().addElements([
        timestamped([{id: 1, of: 'x'}, 1], 5),
        timestamped([{of: 'x', id: 1}, 2], 6),
      ]),
      windowInto<KV<{id: number; of: string}, number>>(fixedWindows(10)),
      combinePerKey(count()),
      sink,
    )
    expect(sink.values.map(([, n]) => n)).to.deep.equal([2])
  })
  it('an element in several windows once only: each window counts it', async () => {
    const sink = testSink<KV<string, number>>()
    await pipeline(
      new TestStream<KV<string, number>>().addElements([timestamped(['a', 1], 7)]),
      windowInto<KV<string, number>>(slidingWindows(10, {period: 5})),
      combinePerKey(count()),
      map(
        ([key, n]: KV<string, number>, c: ProcessContext) => [`${key}${(c.window as BoundedWindow).start}`, n] as const,
      ),
      sink as never,
    )
    expect(sink.values).to.have.deep.members([
      ['a0', 1],
      ['a5', 1],
    ])
  })
  it('a drain that leaves windows open: the end of the input closes them', async () => {
    expect(await panes([at(1), at(11)], {windows: fixed})).to.have.length(2)
    expect(await panes([at(1)], {windows: gap10})).to.have.length(1)
    expect(await panes([at(1)], {windows: global, trigger: repeatedly(afterCount(5))})).to.have.length(1)
  })
})

/** The panes of a grouping with this trigger, as a DoFn downstream sees them: `early: 1`, with the number of elements. */
async function rows(script: readonly Step[], trigger: Case['trigger']): Promise<string[]> {
  const stream = new TestStream<KV<string, number>>()
  for (const step of script) {
    if (step[0] === 'add') stream.addElements([timestamped([step[1], step[2]], step[3])])
    else if (step[0] === 'watermark') stream.advanceWatermarkTo(step[1])
  }
  const options = {trigger, accumulation: 'discarding', allowedLateness: 20} as const
  const sink = testSink<string>()
  await pipeline(
    stream,
    windowInto<KV<string, number>>(fixedWindows(10), {...options, allowUnsafeTriggers: true}),
    combinePerKey(count()),
    map(([, n]: KV<string, number>, c: ProcessContext) => `${c.pane!.timing}: ${n}`),
    sink,
  )
  return sink.values
}
