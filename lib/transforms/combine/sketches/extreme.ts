import type {CombineFn} from '../base/combine-fn.ts'
import {addInputOf} from '../base/field.ts'
import {type Comparable, checkKind, compareValues, type Kind, kindOf, withoutMinusZero} from '../base/order.ts'

/** The smallest or largest value so far. */
export interface Extreme {
  /** Undefined as long as there is none. */
  kind: Kind | undefined
  /** The value, if it is a number: in a field of its own, it is changed without a new object. */
  number: number
  /** The value, if it is not a number. */
  other: Exclude<Comparable, number> | undefined
}

/** `min` and `max`, which differ in how they add a value. */
export function extreme(
  where: string,
  field: unknown,
  add: (to: Extreme, value: unknown) => Extreme,
): CombineFn<never, Extreme, unknown> {
  return {
    createAccumulator: empty,
    addInput: addInputOf(where, field, add),
    mergeAccumulators: accumulators => {
      const merged = empty()
      for (const each of accumulators) add(merged, extremeOf(each))
      return merged
    },
    extractOutput: accumulator => withoutMinusZero(extremeOf(accumulator) ?? null),
  }
}

function empty(): Extreme {
  return {kind: undefined, number: 0, other: undefined}
}

function extremeOf({kind, number, other}: Extreme): Comparable | undefined {
  return kind === 'number' && other === undefined ? number : other
}

/** Adds a value to one that is no number, or to none; `sign` is 1 for the larger one. */
export function addOther(where: string, sign: 1 | -1, to: Extreme, value: unknown): Extreme {
  if (value === null || value === undefined) return to
  const kind = kindOf(where, value)
  checkKind(where, to.kind, kind, value)
  const before = extremeOf(to)
  to.kind = kind
  if (before !== undefined && !replaces(sign, before, value)) return to
  if (typeof value === 'number') {
    to.number = value
    to.other = undefined
  } else to.other = value as Exclude<Comparable, number>
  return to
}

function replaces(sign: 1 | -1, before: Comparable, value: unknown): boolean {
  if (isNaNumber(before) || isNaNumber(value)) return isNaNumber(value)
  const order = compareValues(value, before) * sign
  // 1 and 1n: the number, whichever came first
  return order > 0 || (order === 0 && typeof value === 'number')
}

function isNaNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isNaN(value)
}
