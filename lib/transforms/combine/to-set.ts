import {keyOf} from '../../state/index.ts'
import type {ElementCombineFn, FieldCombineFn} from './base/aggregate-of.ts'
import type {CombineFn} from './base/combine-fn.ts'
import {addInputOf} from './base/field.ts'

/** The different values, by their keys. */
type Distinct = Map<string | number, unknown>

/**
 * All different values, as a Set: values are the same if they are one key, so objects are compared by their content. Of nothing it is
 * an empty one.
 *
 * null is a value; undefined (a property that is not there) is left out. All different values are in memory at once.
 *
 * @param field the name of a property, or a function of the element; without it the element itself
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_KEY` for values without one: functions, class instances, …
 *
 * @example
 * const countries = toSet('country')
 */
export function toSet<V = unknown>(): ElementCombineFn<V, Distinct, 'set'>
export function toSet<K extends string>(field: K): FieldCombineFn<K, unknown, Distinct, 'set'>
export function toSet<I, V>(field: (element: I) => V): CombineFn<I, Distinct, Set<Exclude<V, undefined>>>
export function toSet(field?: unknown): CombineFn<never, Distinct, Set<unknown>> {
  return {
    createAccumulator: () => new Map(),
    addInput: addInputOf('toSet', field, (distinct: Distinct, value) => {
      if (value === undefined) return distinct
      const key = keyOf(value)
      if (!distinct.has(key)) distinct.set(key, value)
      return distinct
    }),
    mergeAccumulators: sets => {
      const merged: Distinct = new Map()
      for (const distinct of sets) for (const [key, value] of distinct) if (!merged.has(key)) merged.set(key, value)
      return merged
    },
    extractOutput: distinct => new Set(distinct.values()),
  }
}
