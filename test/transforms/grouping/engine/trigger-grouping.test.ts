import {expect} from 'chai'
import {type BoundedWindow, Bundle} from '../../../../lib/core/index.ts'
import type {CombineFn} from '../../../../lib/transforms/combine/index.ts'
import {type AnyCombineFn, type Grouping, grouping} from '../../../../lib/transforms/grouping/engine/index.ts'
import {pairSpec} from '../../../../lib/transforms/grouping/keys/pair-keys.ts'
import type {KV} from '../../../../lib/transforms/key-value/kv.ts'
import {
  afterCount,
  afterProcessingTime,
  afterWatermark,
  fixedWindows,
  repeatedly,
  sessions,
  type WindowFn,
  type WindowingStrategy,
} from '../../../../lib/windowing/index.ts'
import {DEFAULT_STRATEGY} from '../../../../lib/windowing/strategy.ts'

type Pair = KV<unknown, unknown>

/** Lists values, so that panes show what is in them. */
const list: CombineFn<unknown, unknown[], unknown[]> = {
  createAccumulator: () => [],
  addInput: (list, value) => [...list, value],
  mergeAccumulators: lists => [...lists].flat(),
  extractOutput: list => list,
}

/** A grouping, and what it drops. */
class Driven {
  readonly engine: Grouping<unknown, Pair>
  readonly late: unknown[] = []
  readonly closed: unknown[] = []
  readonly #fn: WindowFn

  constructor(strategy: Partial<WindowingStrategy>) {
    const whole = {...DEFAULT_STRATEGY, windowFn: fixedWindows(10), ...strategy}
    this.#fn = whole.windowFn
    this.engine = grouping(pairSpec('step', list as AnyCombineFn), whole, {
      careful: false,
      late: (bundle, i) => this.late.push(bundle.values[i]),
      closed: (bundle, i) => this.closed.push(bundle.values[i]),
      failed: error => {
        throw error
      },
    })
  }

  /** Adds values of key 'k', by timestamp. */
  add(...elements: [timestamp: number, value: unknown][]): string[] {
    const windows = elements.map(([timestamp, value]) => this.#fn.assign(timestamp, value))
    const timestamps = Float64Array.from(elements, ([timestamp]) => timestamp)
    this.engine.add(new Bundle(elements.map(([, value]) => ['k', value]) as Pair[], {timestamps, windows}))
    return this.#taken()
  }

  advance(watermark: number): string[] {
    this.engine.advance(watermark)
    return this.#taken()
  }

  time(now: number): string[] {
    this.engine.time(now)
    return this.#taken()
  }

  /** `[0,10)@9 on-time 0/0 last: 1,2` */
  #taken(): string[] {
    const shown: string[] = []
    for (let bundle = this.engine.take(2); bundle; bundle = this.engine.take(2))
      for (const [i, value] of bundle.values.entries()) {
        const {start, end} = bundle.windows![i] as BoundedWindow
        const {timing, index, onTimeIndex, isLast} = bundle.panes![i]!
        const pane = `${timing} ${index}/${onTimeIndex}${isLast ? ' last' : ''}`
        shown.push(`[${start},${end})@${bundle.timestamps![i]} ${pane}: ${value[1]}`)
      }
    return shown
  }
}

const early = afterWatermark({early: afterCount(2)})

describe('TriggerGrouping', () => {
  it('fires early after so many elements, however they are cut into bundles', () => {
    const driven = new Driven({trigger: early})
    const panes = driven.add([1, 'a'], [2, 'b'], [3, 'c'], [4, 'd'])
    expect(panes).to.deep.equal(['[0,10)@9 early 0/-1: a,b', '[0,10)@9 early 1/-1: c,d'])
  })

  it('emits the last pane on time', () => {
    const driven = new Driven({trigger: early})
    driven.add([1, 'a'], [2, 'b'], [3, 'c'])
    expect(driven.advance(10)).to.deep.equal(['[0,10)@9 on-time 1/0 last: c'])
  })

  it('emits an empty on-time pane after an early one', () => {
    const driven = new Driven({trigger: early})
    driven.add([1, 'a'], [2, 'b'])
    expect(driven.advance(10)).to.deep.equal(['[0,10)@9 on-time 1/0 last: '])
  })

  it('emits no empty on-time pane where that is not wanted', () => {
    const driven = new Driven({trigger: early, onTime: 'if-non-empty'})
    driven.add([1, 'a'], [2, 'b'])
    expect(driven.advance(10)).to.deep.equal([])
  })

  it('keeps what it has emitted when it accumulates', () => {
    const driven = new Driven({trigger: early, accumulation: 'accumulating'})
    driven.add([1, 'a'], [2, 'b'], [3, 'c'])
    expect(driven.advance(10)).to.deep.equal(['[0,10)@9 on-time 1/0 last: a,b,c'])
  })

  it('emits a late pane for each late element, and drops what comes after the lateness', () => {
    const driven = new Driven({allowedLateness: 5})
    driven.add([1, 'a'])
    expect(driven.advance(10)).to.deep.equal(['[0,10)@9 on-time 0/0: a'])
    expect(driven.add([2, 'b'])).to.deep.equal(['[0,10)@9 late 1/1: b'])
    expect(driven.advance(15)).to.deep.equal([])
    driven.add([3, 'c'])
    expect(driven.late).to.deep.equal([['k', 'c']])
  })

  it('emits an empty last pane with closing: always', () => {
    const driven = new Driven({allowedLateness: 5, closing: 'always'})
    driven.add([1, 'a'])
    driven.advance(10)
    expect(driven.advance(15)).to.deep.equal(['[0,10)@9 late 1/1 last: '])
  })

  it('drops what comes after its trigger has finished, until the window is gone', () => {
    const driven = new Driven({trigger: afterCount(2)})
    expect(driven.add([1, 'a'], [2, 'b'], [3, 'c'])).to.deep.equal(['[0,10)@9 early 0/-1 last: a,b'])
    expect(driven.closed).to.deep.equal([['k', 'c']])
    expect(driven.advance(10)).to.deep.equal([])
    expect(driven.engine.open).to.deep.equal({windows: 0, cells: 0})
  })

  it('fires by the clock, counted from the first element of the pane', () => {
    const driven = new Driven({trigger: repeatedly(afterProcessingTime(100))})
    driven.time(0)
    driven.add([1, 'a'])
    driven.time(50)
    driven.add([2, 'b'])
    expect(driven.engine.nextTime).to.equal(100)
    expect(driven.time(99)).to.deep.equal([])
    expect(driven.time(100)).to.deep.equal(['[0,10)@9 early 0/-1: a,b'])
    driven.add([3, 'c'])
    expect(driven.engine.nextTime).to.equal(200)
  })

  it('merges sessions that overlap, and not those that touch', () => {
    const driven = new Driven({windowFn: sessions(10)})
    driven.add([0, 'a'], [10, 'b'], [25, 'c'], [19, 'd'])
    expect(driven.advance(100)).to.deep.equal(['[0,10)@9 on-time 0/0 last: a', '[10,35)@34 on-time 0/0 last: b,c,d'])
  })

  it('begins to number panes anew when windows merge into another one', () => {
    const driven = new Driven({windowFn: sessions(10), trigger: repeatedly(afterCount(1))})
    expect(driven.add([0, 'a'])).to.deep.equal(['[0,10)@9 early 0/-1: a'])
    expect(driven.add([5, 'b'])).to.deep.equal(['[0,15)@14 early 0/-1: b'])
    expect(driven.add([2, 'c'])).to.deep.equal(['[0,15)@14 early 1/-1: c'])
  })

  it('gives a pane the earliest timestamp of its elements, or the latest', () => {
    for (const [timestampCombiner, at] of [
      ['earliest', 2],
      ['latest', 7],
    ] as const) {
      const driven = new Driven({timestampCombiner})
      driven.add([5, 'a'], [2, 'b'], [7, 'c'])
      expect(driven.advance(10)).to.deep.equal([`[0,10)@${at} on-time 0/0 last: a,b,c`])
    }
  })

  it('keeps the output watermark at the earliest pane to come', () => {
    const driven = new Driven({timestampCombiner: 'earliest'})
    driven.add([5, 'a'], [14, 'b'])
    driven.advance(8)
    expect(driven.engine.watermark).to.equal(5)
    driven.advance(12)
    expect(driven.engine.watermark).to.equal(12)
  })

  it('holds the output watermark for a trigger that has not fired at the end of its window', () => {
    const driven = new Driven({trigger: repeatedly(afterCount(2)), allowedLateness: 20})
    driven.add([5, 'a'])
    driven.advance(15)
    expect(driven.engine.watermark).to.equal(9)
    expect(driven.add([6, 'b'])).to.deep.equal(['[0,10)@9 on-time 0/0: a,b'])
    expect(driven.engine.watermark).to.equal(15)
  })
})
