import {deserialize, serialize} from 'node:v8'
import {expect} from 'chai'
import fc from 'fast-check'
import {keyOf} from '../../../lib/state/index.ts'
import {
  approximateDistinct,
  type CombineFn,
  count,
  latest,
  max,
  mean,
  min,
  quantiles,
  sample,
  sum,
  toList,
  toMap,
  top,
  toSet,
} from '../../../lib/transforms/index.ts'
import {accumulated, combined} from './support.ts'

/** Numbers of every magnitude, and those at which something changes. */
const number = fc.oneof(
  fc.integer({min: -100, max: 100}),
  fc.maxSafeInteger(),
  fc.double(),
  fc.double({noNaN: true, noDefaultInfinity: true}),
  fc.constantFrom(0, -0, 0.1, 2 ** 53, -(2 ** 53), Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 970),
)
const numeric = fc.oneof(number, fc.bigInt(), fc.constantFrom(0n, 1n, -1n), fc.constantFrom(null, undefined))
const text = fc.constantFrom('', 'a', 'b', 'ab', '\ud800', '😀', null, undefined)
const date = fc.oneof(
  fc.date({noInvalidDate: true}),
  fc.constantFrom(0, 1).map(ms => new Date(ms)),
)
const comparable = fc.oneof(fc.array(numeric), fc.array(text), fc.array(date), fc.array(fc.boolean()))
const anything = fc.array(
  fc.oneof(numeric, text, date, fc.record({a: fc.integer({max: 2, min: 0})}, {noNullPrototype: true})),
)
const row = fc.record({by: fc.integer({min: 0, max: 3}), text: fc.constantFrom('a', 'b', 'c')})

// biome-ignore lint/suspicious/noExplicitAny: functions of all kinds
type AnyFn = CombineFn<any, any, any>

/** Each function with inputs for it, and what of its result must not depend on how accumulators are merged (all, if absent). */
const functions: readonly [string, AnyFn, fc.Arbitrary<readonly unknown[]>, ((result: never) => unknown)?][] = [
  ['count()', count(), anything],
  ['count(field)', count((x: unknown) => x), anything],
  ['sum()', sum(), fc.array(numeric)],
  ["sum({as: 'number'})", sum(undefined, {as: 'number'}), fc.array(numeric)],
  ["sum({as: 'bigint'})", sum(undefined, {as: 'bigint'}), fc.array(fc.oneof(fc.maxSafeInteger(), fc.bigInt()))],
  ['mean()', mean(), fc.array(numeric)],
  ['min()', min(), comparable],
  ['max()', max(), comparable],
  ['top(3)', top(3), comparable],
  ['top(3, smallest)', top(3, {order: 'smallest'}), comparable],
  ['top(3, {by})', top(3, {by: 'by'}), fc.array(row)],
  ['sample(2)', sample(2), anything, (result: unknown[]) => result.length],
  ['toList()', toList(), anything, (result: unknown[]) => result.map(keyOf).map(String).sort()],
  ['toSet()', toSet(), anything, (result: Set<unknown>) => [...result].map(keyOf).map(String).sort()],
  [
    'toMap()',
    toMap(),
    fc.uniqueArray(fc.tuple(fc.oneof(fc.integer(), fc.string()), fc.nat()), {selector: ([key]) => key}),
    (result: Map<unknown, unknown>) => [...result].map(pair => String(keyOf(pair))).sort(),
  ],
  ['approximateDistinct()', approximateDistinct(), anything],
  ['approximateDistinct(precision 4)', approximateDistinct(undefined, {precision: 4}), fc.array(fc.nat())],
  ['quantiles(5)', quantiles(5), comparable, (result: unknown[]) => result.map(Number)],
]

/** Divides inputs among accumulators, as `parts` says, and merges some of them before the others. */
function inParts(fn: AnyFn, inputs: readonly unknown[], parts: readonly number[], viaDisk: boolean): unknown {
  const pass = (accumulator: unknown) => {
    if (!viaDisk) return accumulator
    const {encode, decode} = fn.coder ?? {encode: (a: unknown) => a, decode: (a: unknown) => a}
    return decode(deserialize(serialize(encode(accumulator))))
  }
  const divided = new Map<number, unknown[]>()
  inputs.forEach((input, i) => {
    const part = parts[i % parts.length]!
    divided.set(part, [...(divided.get(part) ?? []), input])
  })
  const accumulators = [...divided.values()].map(part =>
    pass(
      accumulated(
        fn,
        part,
        part.map(() => 0),
      ),
    ),
  )
  const some = accumulators.splice(0, accumulators.length >> 1)
  return fn.extractOutput(pass(fn.mergeAccumulators([pass(fn.mergeAccumulators(some)), ...accumulators])))
}

describe('every combine function', () => {
  for (const [name, fn, inputs, essence = (result: unknown) => result] of functions) {
    const result = essence as (result: unknown) => unknown

    it(`gives the same however accumulators are merged: ${name}`, () => {
      const parts = fc.array(fc.nat({max: 4}), {minLength: 1})
      fc.assert(
        fc.property(inputs, parts, fc.boolean(), (values, division, viaDisk) => {
          const whole = result(
            combined(
              fn,
              values,
              values.map(() => 0),
            ),
          )
          expect(result(inParts(fn, values, division, viaDisk))).to.deep.equal(whole)
        }),
        {numRuns: 500},
      )
    })

    it(`gives the same in any order: ${name}`, () => {
      fc.assert(
        fc.property(inputs, values => {
          const zeros = values.map(() => 0)
          expect(result(combined(fn, [...values].reverse(), zeros))).to.deep.equal(result(combined(fn, values, zeros)))
        }),
        {numRuns: 500},
      )
    })

    it(`gives the same for an accumulator merged with empty ones: ${name}`, () => {
      fc.assert(
        fc.property(inputs, values => {
          const zeros = values.map(() => 0)
          const merged = fn.mergeAccumulators([
            fn.createAccumulator(),
            accumulated(fn, values, zeros),
            fn.createAccumulator(),
          ])
          expect(result(fn.extractOutput(merged))).to.deep.equal(result(combined(fn, values, zeros)))
        }),
      )
    })

    it(`gives the result of an empty input for no accumulators: ${name}`, () => {
      expect(fn.extractOutput(fn.mergeAccumulators([]))).to.deep.equal(fn.extractOutput(fn.createAccumulator()))
    })

    it(`does not change a result when more is added: ${name}`, () => {
      fc.assert(
        fc.property(inputs, inputs, (before, after) => {
          const accumulator = accumulated(
            fn,
            before,
            before.map(() => 0),
          )
          const first = fn.extractOutput(accumulator)
          const copy = structuredClone(first)
          try {
            after.reduce((a, value) => fn.addInput(a, value, 0), accumulator)
          } catch {
            // values of two kinds, or a key that comes twice
          }
          expect(first).to.deep.equal(copy)
        }),
      )
    })
  }

  it('gives the latest value however accumulators are merged', () => {
    const stamped = fc.uniqueArray(fc.tuple(fc.integer(), numeric), {selector: ([at]) => at})
    fc.assert(
      fc.property(stamped, fc.nat(), (values, cut) => {
        const parts = [values.slice(0, cut % (values.length + 1)), values.slice(cut % (values.length + 1))]
        const fn = latest()
        const accumulators = parts.map(part =>
          accumulated(
            fn,
            part.map(([, value]) => value),
            part.map(([at]) => at),
          ),
        )
        const known = values.filter(([, value]) => value !== null && value !== undefined)
        const expected = known.toSorted(([a], [b]) => a - b).at(-1)?.[1] ?? null
        expect(fn.extractOutput(fn.mergeAccumulators(accumulators))).to.deep.equal(expected)
        expect(fn.extractOutput(fn.mergeAccumulators(accumulators.reverse()))).to.deep.equal(expected)
      }),
    )
  })
})
