import {badOption, checkOptionNames} from '../../errors/index.ts'
import {combineError} from './base/combine-error.ts'
import type {CombineFn} from './base/combine-fn.ts'
import {addInputOf} from './base/field.ts'
import {addNumber, BIG, type ExactSum, emptySum, FLOAT, mergeSums} from './sums/exact-sum.ts'
import {integerSum, roundedSum} from './sums/exact-total.ts'
import {addSummand, type Summand} from './sums/summand.ts'

/** Options of {@link sum}. */
export interface SumOptions<As extends 'number' | 'bigint' = 'number' | 'bigint'> {
  /**
   * What the sum is: a `'number'`, rounded once beyond 2^53; or a `'bigint'`, for integers only. Without it a sum of numbers is a
   * number, except that integers whose sum is beyond 2^53 give a BigInt, and a BigInt among integers makes their sum one.
   */
  readonly as?: As | undefined
}

/** The type of a sum. */
export type SumAs<As> = As extends 'number' ? number : As extends 'bigint' ? bigint : never

/**
 * Adds up numbers and BigInts exactly, and rounds the result once: it does not depend on their order. Of nothing it is 0.
 *
 * null and undefined are ignored, as SQL does. Integers give an integer, which is a BigInt beyond 2^53 or if one of them was a
 * BigInt. A fraction, or a number beyond 2^53, makes the sum a number, of BigInts too. NaN and infinities behave as in additions.
 *
 * @param field the name of a property, or a function of the element; without it the element itself
 * @param options `as`: `'number'` or `'bigint'`, whatever is added up
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_COMBINE` for anything but numbers, BigInts, null and
 *   undefined, and for a fraction as `'bigint'`
 *
 * @example
 * const amount = sum('amount')
 * const cents = sum((order: {amount: number}) => Math.round(order.amount * 100), {as: 'bigint'})
 */
export function sum(): CombineFn<Summand, ExactSum, number | bigint>
export function sum<K extends string, As extends 'number' | 'bigint' = 'number' | 'bigint'>(
  field: K,
  options?: SumOptions<As>,
): CombineFn<{readonly [P in K]: Summand}, ExactSum, SumAs<As>>
export function sum<I, As extends 'number' | 'bigint' = 'number' | 'bigint'>(
  field: (element: I) => Summand,
  options?: SumOptions<As>,
): CombineFn<I, ExactSum, SumAs<As>>
export function sum<As extends 'number' | 'bigint' = 'number' | 'bigint'>(
  field: undefined,
  options?: SumOptions<As>,
): CombineFn<Summand, ExactSum, SumAs<As>>
export function sum(field?: unknown, options?: SumOptions): CombineFn<never, ExactSum, number | bigint> {
  checkOptionNames('sum', options, ['as'])
  const as: unknown = options?.as
  if (as !== undefined && as !== 'number' && as !== 'bigint') throw badOption('sum', 'as', as, "'number' or 'bigint'")
  return {
    createAccumulator: emptySum,
    addInput: addInputOf('sum', field, as === 'bigint' ? addInteger : addAny),
    mergeAccumulators: mergeSums,
    extractOutput: as === 'number' ? roundedSum : as === 'bigint' ? sum => BigInt(integerSum(sum)) : exactly,
  }
}

function addAny(to: ExactSum, value: unknown): ExactSum {
  if (typeof value === 'number') addNumber(to, value)
  else addSummand(to, value, 'sum')
  return to
}

function addInteger(to: ExactSum, value: unknown): ExactSum {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw combineError("sum as 'bigint'", value, 'BigInts, or integers up to 2^53')
  return addAny(to, value)
}

function exactly(sum: ExactSum): number | bigint {
  if ((sum.kinds & FLOAT) !== 0) return roundedSum(sum)
  const total = integerSum(sum)
  return (sum.kinds & BIG) !== 0 ? BigInt(total) : total
}
