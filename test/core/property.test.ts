import {PassThrough, type Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {doFn, numbers, settle, TestSink, TestSource, withIds} from './support.ts'

/** A stage, and what it does to an array. */
interface Step {
  name: string
  make(): Transform
  array(xs: number[]): number[]
}

const tick = (x: number) => (x % 5 === 0 ? settle(1) : Promise.resolve())
const keep = (n: number) => (x: number) => Math.abs(x) % n !== 0

const steps = {
  map: (n: number): Step => ({
    name: `map +${n}`,
    make: () => doFn(x => x + n, {}, 'map'),
    array: xs => xs.map(x => x + n),
  }),
  mapLater: (n: number, concurrency: number): Step => ({
    name: `map +${n} later, ${concurrency} at once`,
    make: () => doFn(x => tick(x).then(() => x + n), {concurrency}, 'map'),
    array: xs => xs.map(x => x + n),
  }),
  filter: (n: number): Step => ({
    name: `filter %${n}`,
    make: () => doFn(keep(n), {}, 'filter'),
    array: xs => xs.filter(keep(n)),
  }),
  filterLater: (n: number, concurrency: number): Step => ({
    name: `filter %${n} later, ${concurrency} at once`,
    make: () => doFn(async x => keep(n)(x), {concurrency}, 'filter'),
    array: xs => xs.filter(keep(n)),
  }),
  arrays: (n: number): Step => ({
    name: `arrays of ${n}`,
    make: () => doFn(x => numbers(n, x)),
    array: xs => xs.flatMap(x => numbers(n, x)),
  }),
  generator: (n: number): Step => ({
    name: `generator of ${n}`,
    make: () =>
      doFn({
        *process(x) {
          yield* numbers(n, x)
        },
      }),
    array: xs => xs.flatMap(x => numbers(n, x)),
  }),
  asyncGenerator: (n: number, concurrency: number): Step => ({
    name: `async generator of ${n}, ${concurrency} at once`,
    make: () =>
      doFn<number, number>(
        async function* (x) {
          for (const y of numbers(n, x)) {
            await tick(y)
            yield y
          }
        },
        {concurrency},
      ),
    array: xs => xs.flatMap(x => numbers(n, x)),
  }),
  nowAndThen: (n: number, concurrency: number): Step => ({
    name: `a promise for every ${n}th, ${concurrency} at once`,
    make: () => doFn(x => (x % n === 0 ? Promise.resolve([x]) : [x]), {concurrency}),
    array: xs => xs,
  }),
  hooks: (n: number): Step => ({
    name: `hooks, async for every ${n}th`,
    make: () =>
      doFn({startBundle: () => {}, process: x => (x % n === 0 ? Promise.resolve([x]) : [x]), finishBundle: () => {}}),
    array: xs => xs,
  }),
  foreign: (n: number): Step => ({
    name: `a foreign stream, highWaterMark ${n}`,
    make: () => new PassThrough({objectMode: true, highWaterMark: n}),
    array: xs => xs,
  }),
}

const small = fc.integer({min: 1, max: 4})
const ours: fc.Arbitrary<Step> = fc.oneof(
  small.map(steps.map),
  fc.tuple(small, small).map(([n, c]) => steps.mapLater(n, c)),
  small.map(n => steps.filter(n + 1)),
  fc.tuple(small, small).map(([n, c]) => steps.filterLater(n + 1, c)),
  fc.integer({min: 0, max: 3}).map(steps.arrays),
  fc.integer({min: 0, max: 3}).map(steps.generator),
  fc.tuple(fc.integer({min: 0, max: 3}), small).map(([n, c]) => steps.asyncGenerator(n, c)),
  fc.tuple(small, small).map(([n, c]) => steps.nowAndThen(n + 1, c)),
  small.map(n => steps.hooks(n + 1)),
)
const any = fc.oneof(
  {weight: 4, arbitrary: ours},
  {weight: 1, arbitrary: fc.integer({min: 1, max: 20}).map(steps.foreign)},
)
const cut = fc.array(fc.integer({min: 0, max: 400}), {maxLength: 8})

/** Bundles of the sizes given, the rest in one. */
function* cutInto(count: number, sizes: number[]) {
  let at = 0
  for (const size of [...sizes, count]) {
    const end = Math.min(count, at + size)
    yield withIds(numbers(end - at, at), at)
    at = end
  }
}

async function run(count: number, sizes: number[], chain: Step[]): Promise<TestSink<number>> {
  const sink = new TestSink<number>()
  await pipeline([new TestSource(cutInto(count, sizes)), ...chain.map(s => s.make()), sink])
  return sink
}

describe('any chain of stages', () => {
  it('returns what the same steps give for an array, in order, however the input is cut, with foreign streams anywhere', () =>
    fc.assert(
      fc.asyncProperty(fc.nat({max: 1500}), cut, fc.array(any, {maxLength: 5}), async (count, sizes, chain) => {
        const sink = await run(count, sizes, chain)
        const expected = chain.reduce((xs, step) => step.array(xs), numbers(count))
        expect(sink.values, chain.map(s => s.name).join(', ')).to.deep.equal(expected)
        expect(Math.max(0, ...sink.sizes)).to.be.at.most(1000)
      }),
      {numRuns: 60, seed: 1},
    )).timeout(60_000)

  it('gives the same ids however the input is cut, and unique ones', () =>
    fc.assert(
      fc.asyncProperty(fc.nat({max: 500}), cut, cut, fc.array(ours, {maxLength: 4}), async (count, a, b, chain) => {
        const [one, two] = [await run(count, a, chain), await run(count, b, chain)]
        expect(one.ids).to.deep.equal(two.ids)
        expect(new Set(one.ids).size).to.equal(one.ids.length)
      }),
      {numRuns: 30, seed: 1},
    )).timeout(60_000)
})
