import {badOption, checkOptionNames, integerOption} from '../../errors/index.ts'
import type {ElementCombineFn, FieldCombineFn} from './base/aggregate-of.ts'
import type {CombineFn} from './base/combine-fn.ts'
import {addInputOf} from './base/field.ts'
import {keep} from './sketches/best-heap.ts'
import {seededRandom} from './sketches/seeded-random.ts'

/** Options of {@link sample}. */
export interface SampleOptions {
  /** Makes the choice repeatable, for the same elements in the same order: an integer from 0 to 2^32 - 1. */
  readonly seed?: number | undefined
  /** Returns random numbers from 0 to below 1; default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** The values with the smallest random numbers so far: a heap whose largest is at index 0. */
export type Reservoir = Drawn[]

interface Drawn {
  readonly draw: number
  readonly value: unknown
}

/**
 * `n` values drawn at random, without replacement: each is as likely as any other, however they are grouped. All of them, if there are
 * no more than `n`; of nothing it is []. They are in random order.
 *
 * null is a value; undefined (a property that is not there) is left out.
 *
 * @param n how many at most, from 1
 * @param field the name of a property, or a function of the element; without it the element itself
 * @param options `seed`, or `random`
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction
 *
 * @example
 * const some = sample(10)
 * const pages = sample(10, 'page', {seed: 1})
 */
export function sample<V = unknown>(n: number, options?: SampleOptions): ElementCombineFn<V, Reservoir, 'list'>
export function sample<K extends string>(
  n: number,
  field: K,
  options?: SampleOptions,
): FieldCombineFn<K, unknown, Reservoir, 'list'>
export function sample<I, V>(
  n: number,
  field: (element: I) => V,
  options?: SampleOptions,
): CombineFn<I, Reservoir, Exclude<V, undefined>[]>
export function sample(n: number, ...args: unknown[]): CombineFn<never, Reservoir, unknown[]> {
  const [first, second] = args
  const limit = integerOption('sample', 'n', n, 1, 1)
  const random = randomOf((typeof first === 'object' ? first : second) as SampleOptions | undefined)
  return {
    createAccumulator: () => [],
    addInput: addInputOf('sample', typeof first === 'object' ? undefined : first, (reservoir: Reservoir, value) => {
      if (value === undefined) return reservoir
      const draw = random()
      if (reservoir.length < limit || draw < reservoir[0]!.draw) keep(reservoir, {draw, value}, limit, isEarlier)
      return reservoir
    }),
    mergeAccumulators: reservoirs => {
      const merged: Reservoir = []
      for (const reservoir of reservoirs)
        for (const drawn of reservoir)
          if (merged.length < limit || drawn.draw < merged[0]!.draw) keep(merged, drawn, limit, isEarlier)
      return merged
    },
    extractOutput: reservoir => reservoir.toSorted((a, b) => a.draw - b.draw).map(({value}) => value),
  }
}

function randomOf(options: SampleOptions | undefined): () => number {
  checkOptionNames('sample', options, ['seed', 'random'])
  const {seed, random} = options ?? {}
  if (random !== undefined && (typeof random !== 'function' || seed !== undefined))
    throw badOption(
      'sample',
      'random',
      random,
      'a function that returns a number from 0 to below 1, and no seed besides',
    )
  if (random) return random
  return seed === undefined ? Math.random : seededRandom(integerOption('sample', 'seed', seed, 0, 0, 0xffff_ffff))
}

const isEarlier = (a: Drawn, b: Drawn) => a.draw < b.draw
