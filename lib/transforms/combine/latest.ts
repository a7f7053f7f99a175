import type {ElementCombineFn, FieldCombineFn} from './base/aggregate-of.ts'
import type {CombineFn} from './base/combine-fn.ts'
import {addInputOf} from './base/field.ts'

/** The latest value so far. */
export interface Latest {
  /** Undefined as long as there is none. */
  value: unknown
  /** Its event time. */
  at: number
}

/**
 * The value with the latest event time. Of nothing it is null.
 *
 * null and undefined are ignored: it is the latest value that is known. Of values with the same event time, and of those that have
 * none, it is the one that came last.
 *
 * @param field the name of a property, or a function of the element; without it the element itself
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction
 *
 * @example
 * const page = latest('page')
 */
export function latest<V = unknown>(): ElementCombineFn<V, Latest, 'value'>
export function latest<K extends string>(field: K): FieldCombineFn<K, unknown, Latest, 'value'>
export function latest<I, V>(field: (element: I) => V): CombineFn<I, Latest, NonNullable<V> | null>
export function latest(field?: unknown): CombineFn<never, Latest, unknown> {
  const add = (to: Latest, value: unknown, at: number): Latest => {
    if (at >= to.at && value !== null && value !== undefined) {
      to.value = value
      to.at = at
    }
    return to
  }
  const empty = (): Latest => ({value: undefined, at: Number.NEGATIVE_INFINITY})
  return {
    createAccumulator: empty,
    addInput: addInputOf('latest', field, add),
    mergeAccumulators: accumulators => {
      const merged = empty()
      for (const {value, at} of accumulators) add(merged, value, at)
      return merged
    },
    extractOutput: ({value}) => value ?? null,
  }
}
