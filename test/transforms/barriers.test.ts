import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {setImmediate as nextRound} from 'node:timers/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {DoFn, SideBuffer, stageDescriptor} from '../../lib/core/index.ts'
import {onBarrier} from '../../lib/core/streams/barriers.ts'
import {EMIT_BARRIER} from '../../lib/core/streams/internals.ts'
import {
  batchElements,
  filter,
  flatten,
  map,
  parDo,
  partition,
  tee,
  track,
  withTimestamps,
} from '../../lib/transforms/index.ts'
import {Log, Numbers, planned, segments} from '../core/barrier-logs.ts'
import {ManualSource, settle} from '../core/support.ts'

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
  times: () => withTimestamps((n: number) => n, {outOfOrder: 5}),
  buffer: () => new SideBuffer(map((n: number) => n).info, {ready: true}, 1e9),
  disk: () => new SideBuffer(map((n: number) => n).info, {ready: true}, 0),
  finish: () => new Sums(),
} as const

/** Emits the elements of a bundle when it is finished. */
class Sums extends DoFn<number, number> {
  #held: number[] = []
  override process(n: number) {
    this.#held.push(n)
  }
  override finishBundle() {
    return this.#held.splice(0)
  }
}

describe('a barrier', () => {
  for (const name of Object.keys(STAGES) as (keyof typeof STAGES)[])
    it(`passes ${name} between the elements before it and those after it`, async () => {
      const sink = new Log()
      await pipeline(new Numbers({count: 40, size: 4, every: 6}), STAGES[name]() as never, sink)
      expect(segments(sink.log)).to.deep.equal(planned({count: 40, every: 6}))
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
    for (const {log} of sinks) expect(segments(log)).to.deep.equal(planned({count: 25, every: 5}))
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
      expect(segments(sink.log)).to.deep.equal(planned({count: 40, every: 6}))
    })

  it('is not given to streams that are not ours, and to those beside them it is', async () => {
    const [sink, foreign] = [new Log(), new PassThrough({objectMode: true})]
    const seen: unknown[] = []
    foreign.on('data', value => seen.push(value))
    const step = map((n: number) => n)
    step.pipe(foreign)
    await pipeline(new Numbers({count: 12, size: 4, every: 4}), step, sink)
    expect(segments(sink.log)).to.deep.equal(planned({count: 12, every: 4}))
    expect(seen).to.deep.equal(Array.from({length: 12}, (_, n) => n))
  })

  it('keeps its order over all outputs of partition, and is aligned where they meet again', async () => {
    const [thirds, sink] = [partition(3, (n: number) => n % 3), new Log()]
    const plan = {count: 50, size: 7, every: 8}
    const tags = [0, 1, 2].map(k => thirds.tagged(`${k}` as never))
    const [left, middle, right] = [tags[0]!.pipe(STAGES.unordered()), tags[1]!.pipe(STAGES.track()), tags[2]!] as const
    thirds.resume()
    new Numbers(plan).pipe(thirds)
    await pipeline(flatten(left, middle, right), sink)
    expect(segments(sink.log)).to.deep.equal(planned(plan))
  })

  it('passes flatten when its only other inputs have ended, before or after it came', async () => {
    const [first, second, sink] = [new ManualSource<number>(), new ManualSource<number>(), new Log()]
    const done = pipeline(flatten(first, second), sink)
    first.give([1])
    await settle()
    first[EMIT_BARRIER](1)
    first.give([3])
    await settle()
    second.give([2])
    await settle()
    expect(sink.log).to.deep.equal([1, 2])
    second.finish()
    await settle()
    expect(sink.log).to.deep.equal([1, 2, '#1', 3])
    first[EMIT_BARRIER](2)
    first.finish()
    await done
    expect(sink.log).to.deep.equal([1, 2, '#1', 3, '#2'])
  })

  it('passes flatten in the order of numbers where an input has missed some', async () => {
    const [first, second, sink] = [new ManualSource<number>(), new ManualSource<number>(), new Log()]
    const done = pipeline(flatten(first, second), sink)
    first.give([1])
    await settle()
    for (const barrier of [1, 2, 3]) first[EMIT_BARRIER](barrier)
    first.give([2]).finish()
    await settle()
    second.give([3])
    await settle()
    second[EMIT_BARRIER](3)
    second.give([4]).finish()
    await done
    expect(sink.log.slice(0, 5)).to.deep.equal([1, 3, '#1', '#2', '#3'])
    expect(sink.log.slice(5)).to.have.members([2, 4])
  })

  it('leaves flatten after exactly what each input had pushed before its own barrier, whatever the inputs do', async () => {
    const event = fc.oneof({arbitrary: fc.constant('value'), weight: 3}, {arbitrary: fc.constant('barrier'), weight: 1})
    const input = fc.array(event, {maxLength: 12})
    const inputs = fc.array(input, {minLength: 1, maxLength: 4})
    await fc.assert(
      fc.asyncProperty(inputs, fc.infiniteStream(fc.nat(3)), async (plans, turns) => {
        const sources = plans.map(() => new ManualSource<number>())
        const sink = new Log()
        const done = pipeline(flatten(...sources), sink)
        /** By input: how much it had pushed at each of its barriers. */
        const pushed = plans.map((): number[] => [])
        const open = plans.map((events, k) => ({k, events: [...events], source: sources[k]!}))
        while (open.length > 0) {
          const {k, events, source} = open[turns.next().value! % open.length]!
          const next = events.shift()
          if (next === 'value') source.give([k])
          else if (next === 'barrier') {
            pushed[k]!.push(source.info.metrics.out)
            source[EMIT_BARRIER](pushed[k]!.length)
          } else {
            source.finish()
            open.splice(
              open.findIndex(each => each.k === k),
              1,
            )
          }
          await settle(1)
        }
        await done
        const totals = plans.map(events => events.filter(each => each === 'value').length)
        const arrived = plans.map(() => 0)
        let barrier = 0
        for (const entry of sink.log)
          if (typeof entry === 'number') arrived[entry]!++
          else {
            expect(entry).to.equal(`#${++barrier}`)
            // an input without this barrier has ended
            expect(arrived).to.deep.equal(pushed.map((cuts, k) => cuts[barrier - 1] ?? totals[k]))
          }
        expect(arrived).to.deep.equal(totals)
        expect(barrier).to.equal(Math.max(...pushed.map(({length}) => length)))
      }),
      {numRuns: 60},
    )
  })

  it('keeps what came before it apart from what came after it in any graph, and nothing is lost', async () => {
    const stage = fc.constantFrom(
      ...(Object.keys(STAGES) as (keyof typeof STAGES)[]).filter(name => name !== 'batch'),
      'thirds',
      'batched',
    )
    const branch = fc.array(stage, {maxLength: 3})
    const graph = fc.record({
      head: branch,
      tee: branch,
      main: branch,
      tail: branch,
      size: fc.integer({min: 1, max: 9}),
      every: fc.integer({min: 1, max: 9}),
    })
    type Name = typeof stage extends fc.Arbitrary<infer N> ? N : never
    /** A chain of the stages; those that fork and meet again, or make arrays and take them apart, count as one. */
    const pass = (from: NodeJS.ReadableStream, names: readonly Name[]): NodeJS.ReadableStream => {
      let last = from
      for (const name of names)
        if (name === 'thirds') {
          const thirds = partition(3, (n: number) => n % 3)
          const tags = [0, 1, 2].map(k => thirds.tagged(`${k}` as never).pipe(STAGES[k === 1 ? 'unordered' : 'map']()))
          thirds.resume()
          last.pipe(thirds)
          last = flatten(...(tags as never[]))
        } else if (name === 'batched') last = last.pipe(STAGES.batch()).pipe(parDo((batch: number[]) => batch) as never)
        else last = last.pipe(STAGES[name]() as never)
      return last
    }
    await fc.assert(
      fc.asyncProperty(graph, async ({head, tee: teed, main, tail, size, every}) => {
        const [left, right] = [new Log(), new Log()]
        const first = map((n: number) => n)
        pass(first, teed).pipe(left)
        const forked = tee<number>({branch: first})
        pass(new Numbers({count: 30, size, every}), head).pipe(forked)
        const other = new Numbers({count: 30, size: 10 - size, every, from: 100})
        const joined = flatten(pass(forked, main) as never, other)
        await pipeline(pass(joined, tail), right)
        if (!left.closed) await new Promise(resolve => left.once('close', resolve))
        const plan = planned({count: 30, every})
        expect(segments(left.log)).to.deep.equal(plan)
        const others = planned({count: 30, every, from: 100})
        expect(segments(right.log)).to.deep.equal(plan.map((part, k) => [...part, ...others[k]!]))
      }),
      {numRuns: 40},
    )
  })
})
