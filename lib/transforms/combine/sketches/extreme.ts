import type {CombineFn} from '../base/combine-fn.ts'
import {readerOf} from '../base/field.ts'
import {checkKind, compareValues, type Kind, kindOf, withoutMinusZero} from '../base/order.ts'

/** The smallest or largest value so far. */
export interface Extreme {
  /** Undefined as long as there is none. */
  value: unknown
  kind: Kind | undefined
}

/** `min` and `max`: `sign` is 1 for the larger one. */
export function extreme(where: string, sign: 1 | -1, field: unknown): CombineFn<never, Extreme, unknown> {
  const read = readerOf(where, field)
  const add = (to: Extreme, value: unknown): void => {
    if (typeof value === 'number' && typeof to.value === 'number') {
      // NaN is neither smaller nor larger, and stays
      if (sign > 0 ? value > to.value : value < to.value) to.value = value
      else if (Number.isNaN(value)) to.value = value
    } else if (value !== null && value !== undefined) addOther(where, sign, to, value)
  }
  return {
    createAccumulator: () => ({value: undefined, kind: undefined}),
    addInput: (accumulator, element) => {
      add(accumulator, read(element))
      return accumulator
    },
    mergeAccumulators: accumulators => {
      const merged: Extreme = {value: undefined, kind: undefined}
      for (const {value} of accumulators) add(merged, value)
      return merged
    },
    extractOutput: ({value}) => (value === undefined ? null : withoutMinusZero(value)),
  }
}

/** Adds a value that is not a number, or the first one. */
function addOther(where: string, sign: number, to: Extreme, value: unknown): void {
  const kind = kindOf(where, value)
  checkKind(where, to.kind, kind, value)
  if (to.value === undefined || isNaNumber(value)) to.value = value
  else if (isNaNumber(to.value)) return
  else if (sign > 0 ? (value as number) > (to.value as number) : (value as number) < (to.value as number))
    to.value = value
  // 1 and 1n: the number, whichever came first
  else if (typeof value === 'number' && compareValues(value, to.value) === 0) to.value = value
  to.kind = kind
}

function isNaNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isNaN(value)
}
