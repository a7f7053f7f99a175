import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {setImmediate as nextRound} from 'node:timers/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {type Bundle, DoFn, EMIT_BARRIER, onBarrier, Sink, Source, stageDescriptor} from '../../lib/core/index.ts'
import {batchElements, filter, flatten, map, parDo, tee, track} from '../../lib/transforms/index.ts'

/** Emits 1 to `count`, in bundles of up to `size`; a barrier after each `every` elements. */
class Numbers extends Source<number> {
  readonly #plan: {count: number; size: number; every: number; from: number}
  constructor(plan: {count: number; size: number; every: number; from?: number}) {
    super()
    this.#plan = {from: 0, ...plan}
  }
  override async *bundles() {
    const {count, size, every, from} = this.#plan
    let barrier = 1
    for (let at = 0; at < count; ) {
      const end = Math.min(at + size, barrier * every, count)
      yield Array.from({length: end - at}, (_, k) => from + at + k)
      at = end
      // a generator goes on when what it has yielded was pushed
      if (at === barrier * every) this[EMIT_BARRIER](barrier++)
    }
  }
}

/** Notes values and barriers in the order in which they come. */
class Log extends Sink<unknown> {
  readonly log: unknown[] = []
  constructor() {
    super()
    onBarrier(this.info, barrier => this.log.push(`#${barrier}`))
  }
  override async writeBundle({values}: Bundle<unknown>) {
    for (const value of values) this.log.push(value)
    await nextRound()
  }
  override commit() {}
}

/** What came between barriers, sorted. */
function segments(log: readonly unknown[]): number[][] {
  const parts: number[][] = [[]]
  let barrier = 0
  for (const entry of log)
    if (typeof entry === 'string') {
      expect(entry).to.equal(`#${++barrier}`)
      parts.push([])
    } else for (const value of [entry].flat(2) as number[]) parts.at(-1)!.push(value)
  return parts.map(part => part.sort((a, b) => a - b))
}

/** The same of the plan of a source. */
function expected(count: number, every: number, from = 0): number[][] {
  const parts: number[][] = [[]]
  for (let n = 0; n < count; n++) {
    parts.at(-1)!.push(from + n)
    if ((n + 1) % every === 0) parts.push([])
  }
  return parts
}

const later = (rounds: (n: number) => number) => async (n: number) => {
  for (let k = rounds(n); k > 0; k--) await nextRound()
  return n
}

const STAGES = {
  map: () => map((n: number) => n),
  filter: () => filter(() => true),
  several: () => parDo((n: number) => [n]),
  ordered: () =>
    map(
      later(n => (n * 7) % 3),
      {concurrency: 4},
    ),
  unordered: () =>
    map(
      later(n => (n * 5) % 4),
      {concurrency: 4, ordered: false},
    ),
  track: () => track<number, number>(new PassThrough({objectMode: true})),
  batch: () => batchElements<number>({max: 3}),
  flat: () => parDo((batch: number | number[]) => [batch].flat()),
} as const

describe('a barrier', () => {
  for (const name of Object.keys(STAGES) as (keyof typeof STAGES)[])
    it(`passes ${name} between the elements before it and those after it`, async () => {
      const sink = new Log()
      await pipeline(new Numbers({count: 40, size: 4, every: 6}), STAGES[name]() as never, sink)
      expect(segments(sink.log)).to.deep.equal(expected(40, 6))
    })

  it('is aligned over the inputs of flatten, of which some end early', async () => {
    const sink = new Log()
    const inputs = [
      new Numbers({count: 30, size: 2, every: 10}),
      new Numbers({count: 12, size: 5, every: 10, from: 100}),
    ] as const
    await pipeline(flatten(inputs[0], inputs[1].pipe(STAGES.unordered())), sink)
    const [first, second, third, ...rest] = segments(sink.log)
    const of = (from: number, to: number) => Array.from({length: to - from}, (_, k) => from + k)
    expect(first).to.deep.equal([...of(0, 10), ...of(100, 110)])
    expect(second).to.include.members(of(10, 20))
    expect([...second!, ...third!].sort((a, b) => a - b)).to.deep.equal([...of(10, 30), ...of(110, 112)])
    expect(rest).to.deep.equal([[]])
  })

  it('passes both branches of a tee and a second pipe', async () => {
    const sinks = [new Log(), new Log(), new Log()] as const
    const copied = tee<number>({branch: sinks[0]})
    copied.pipe(sinks[1])
    await pipeline(new Numbers({count: 25, size: 3, every: 5}), copied, sinks[2])
    if (!sinks[1].closed) await new Promise(resolve => sinks[1].once('close', resolve))
    for (const {log} of sinks) expect(segments(log)).to.deep.equal(expected(25, 5))
  })

  for (const ordered of [true, false])
    it(`arrives at a step with state, and passes it, when its calls in flight have finished, ${ordered ? 'in order' : 'unordered'}`, async () => {
      let open = 0
      let most = 0
      class Stateful extends DoFn<number, number> {
        constructor() {
          super({concurrency: 4, ordered}, stageDescriptor({stateful: true}))
        }
        override async process(n: number) {
          most = Math.max(most, ++open)
          for (let k = (n * 5) % 4; k >= 0; k--) await nextRound()
          open--
          return [n]
        }
      }
      const [step, sink] = [new Stateful(), new Log()]
      const inFlight: number[] = []
      onBarrier(step.info, () => inFlight.push(open))
      await pipeline(new Numbers({count: 40, size: 4, every: 6}), step, sink)
      expect(inFlight).to.deep.equal([0, 0, 0, 0, 0, 0])
      expect(most).to.be.greaterThan(1)
      expect(segments(sink.log)).to.deep.equal(expected(40, 6))
    })

  it('is not given to streams that are not ours, and to those beside them it is', async () => {
    const [sink, foreign] = [new Log(), new PassThrough({objectMode: true})]
    const seen: unknown[] = []
    foreign.on('data', value => seen.push(value))
    const step = map((n: number) => n)
    step.pipe(foreign)
    await pipeline(new Numbers({count: 12, size: 4, every: 4}), step, sink)
    expect(segments(sink.log)).to.deep.equal(expected(12, 4))
    expect(seen).to.deep.equal(Array.from({length: 12}, (_, n) => n))
  })

  it('keeps what came before it apart from what came after it in any graph, and nothing is lost', async () => {
    const stage = fc.constantFrom('map', 'filter', 'several', 'ordered', 'unordered', 'track')
    const branch = fc.array(stage, {maxLength: 3})
    const graph = fc.record({
      head: branch,
      tee: branch,
      main: branch,
      tail: branch,
      size: fc.integer({min: 1, max: 9}),
      every: fc.integer({min: 1, max: 9}),
    })
    await fc.assert(
      fc.asyncProperty(graph, async ({head, tee: teed, main, tail, size, every}) => {
        const made = (names: readonly (keyof typeof STAGES)[]) => names.map(name => STAGES[name]() as never)
        const [left, right] = [new Log(), new Log()]
        const branchStages = [...made(teed), left] as never[]
        for (const [k, each] of branchStages.slice(0, -1).entries())
          (each as NodeJS.ReadableStream).pipe(branchStages[k + 1] as never)
        const source = new Numbers({count: 30, size, every})
        const other = new Numbers({count: 30, size: 10 - size, every, from: 100})
        const upstream = [source, ...made(head), tee<number>({branch: branchStages[0]!}), ...made(main)] as never[]
        for (const [k, each] of upstream.slice(0, -1).entries())
          (each as NodeJS.ReadableStream).pipe(upstream[k + 1] as never)
        await pipeline([flatten(upstream.at(-1) as never, other), ...made(tail), right] as never)
        expect(segments(left.log)).to.deep.equal(expected(30, every))
        const both = expected(30, every).map((part, k) => [...part, ...expected(30, every, 100)[k]!])
        expect(segments(right.log)).to.deep.equal(both)
      }),
      {numRuns: 40},
    )
  })
})
