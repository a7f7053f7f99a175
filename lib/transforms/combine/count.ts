import type {CombineFn} from './base/combine-fn.ts'
import {addInputOf} from './base/field.ts'

/**
 * Counts elements, or those whose field is neither null nor undefined, as SQL does. Of nothing it is 0.
 *
 * @param field the name of a property, or a function of the element; without it every element counts
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction
 *
 * @example
 * const clicks = count()
 * const withReferrer = count('referrer')
 * const large = count((order: {total: number}) => (order.total > 100 ? order : null))
 */
export function count(): CombineFn<unknown, number, number>
export function count<K extends string>(field: K): CombineFn<{readonly [P in K]: unknown}, number, number>
export function count<I>(field: (element: I) => unknown): CombineFn<I, number, number>
export function count(field?: unknown): CombineFn<never, number, number> {
  return {
    createAccumulator: () => 0,
    addInput: field === undefined ? n => n + 1 : addInputOf('count', field, countPresent),
    mergeAccumulators: total,
    extractOutput: n => n,
  }
}

function countPresent(n: number, value: unknown): number {
  return value === null || value === undefined ? n : n + 1
}

function total(counts: Iterable<number>): number {
  let sum = 0
  for (const n of counts) sum += n
  return sum
}
