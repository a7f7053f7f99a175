import type {ElementCombineFn, FieldCombineFn} from './base/aggregate-of.ts'
import type {CombineFn} from './base/combine-fn.ts'
import type {Comparable} from './base/order.ts'
import {addOther, type Extreme, extreme} from './sketches/extreme.ts'

/**
 * The smallest value: of numbers and BigInts, strings, Dates or booleans. Of nothing it is null.
 *
 * null and undefined are ignored, as SQL does. Numbers and BigInts may be mixed, other kinds may not. NaN makes the result NaN, as in
 * `Math.min`; -0 is 0. Strings are compared as `<` does it, by UTF-16 code units.
 *
 * @param field the name of a property, or a function of the element; without it the element itself
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_COMBINE` for values of two kinds, of no order (objects),
 *   and invalid Dates
 *
 * @example
 * const first = min('at')
 * const cheapest = min((order: {total: number}) => order.total)
 */
export function min<V extends Comparable | null | undefined = Comparable>(): ElementCombineFn<V, Extreme, 'value'>
export function min<K extends string>(field: K): FieldCombineFn<K, Comparable | null | undefined, Extreme, 'value'>
export function min<I, V extends Comparable | null | undefined>(
  field: (element: I) => V,
): CombineFn<I, Extreme, NonNullable<V> | null>
export function min(field?: unknown): CombineFn<never, Extreme, unknown> {
  return extreme('min', field, add)
}

function add(to: Extreme, value: unknown): Extreme {
  if (typeof value !== 'number' || to.kind !== 'number' || to.other !== undefined) return addOther('min', -1, to, value)
  // NaN is neither smaller nor larger, and stays
  if (value < to.number || Number.isNaN(value)) to.number = value
  return to
}
