import {badOption} from '../../errors/index.ts'
import type {AnyCombineFn} from './engine/index.ts'

/** A {@link CombineFn} of any elements and accumulators. */
interface Aggregation {
  readonly createAccumulator: () => unknown
  readonly addInput: (accumulator: never, input: never, timestamp: number) => unknown
  readonly mergeAccumulators: (accumulators: Iterable<never>) => unknown
  readonly extractOutput: (accumulator: never) => unknown
}

/** What is computed for each key, by the name that it has in the result. */
export type Aggregations = Readonly<Record<string, Aggregation>>

const METHODS = ['createAccumulator', 'addInput', 'mergeAccumulators', 'extractOutput'] as const

/** Checks that an argument is a combine function. */
export function checkCombineFn(where: string, name: string, given: unknown): AnyCombineFn {
  const missing = METHODS.filter(
    method => typeof (given as Partial<AnyCombineFn> | null | undefined)?.[method] !== 'function',
  )
  if (missing.length > 0)
    throw badOption(
      where,
      name,
      given,
      `a combine function: count(), sum('amount'), or an object with ${METHODS.join(', ')}`,
    )
  return given as AnyCombineFn
}

/** Checks the aggregations of `groupBy`; `keys` are the names that are taken. */
export function checkAggregations(where: string, keys: readonly string[], given: unknown): [string, AnyCombineFn][] {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw badOption(where, 'aggregations', given, "combine functions by name: {clicks: count(), spent: sum('amount')}")
  return Object.entries(given).map(([name, fn]) => {
    if (keys.includes(name)) throw badOption(where, 'aggregations', name, 'names other than those of the keys')
    return [name, checkCombineFn(where, `aggregations.${name}`, fn)]
  })
}
