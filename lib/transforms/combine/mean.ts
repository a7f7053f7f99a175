import type {CombineFn} from './base/combine-fn.ts'
import {addInputOf} from './base/field.ts'
import {addNumber, type ExactSum, emptySum, mergeSums} from './sums/exact-sum.ts'
import {roundedMean} from './sums/exact-total.ts'
import {addSummand, type Summand} from './sums/summand.ts'

/**
 * The mean of numbers and BigInts: their exact sum, divided by how many they are. Of nothing it is null.
 *
 * null and undefined are ignored, as SQL does. The mean is a number, of BigInts too; it does not depend on the order of the elements.
 *
 * @param field the name of a property, or a function of the element; without it the element itself
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_COMBINE` for anything but numbers, BigInts, null and
 *   undefined
 *
 * @example
 * const latency = mean('latency')
 * const perItem = mean((order: {total: number; items: number}) => order.total / order.items)
 */
export function mean(): CombineFn<Summand, ExactSum, number | null>
export function mean<K extends string>(field: K): CombineFn<{readonly [P in K]: Summand}, ExactSum, number | null>
export function mean<I>(field: (element: I) => Summand): CombineFn<I, ExactSum, number | null>
export function mean(field?: unknown): CombineFn<never, ExactSum, number | null> {
  return {
    createAccumulator: emptySum,
    addInput: addInputOf('mean', field, addAny),
    mergeAccumulators: mergeSums,
    extractOutput: sum => (sum.n === 0 ? null : roundedMean(sum)),
  }
}

function addAny(to: ExactSum, value: unknown): ExactSum {
  if (typeof value === 'number') addNumber(to, value)
  else addSummand(to, value, 'mean')
  return to
}
