import type {ElementCombineFn, FieldCombineFn} from './base/aggregate-of.ts'
import type {CombineFn} from './base/combine-fn.ts'
import {addInputOf} from './base/field.ts'

/**
 * All values, in the order in which they came; where windows merge, those of one window after those of another. Of nothing it is [].
 *
 * null is a value; undefined (a property that is not there) is left out. All values are in memory at once: `groupByKey` hands on
 * groups of any size.
 *
 * @param field the name of a property, or a function of the element; without it the element itself
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction
 *
 * @example
 * const pages = toList('page')
 */
export function toList<V = unknown>(): ElementCombineFn<V, unknown[], 'list'>
export function toList<K extends string>(field: K): FieldCombineFn<K, unknown, unknown[], 'list'>
export function toList<I, V>(field: (element: I) => V): CombineFn<I, unknown[], Exclude<V, undefined>[]>
export function toList(field?: unknown): CombineFn<never, unknown[], unknown[]> {
  return {
    createAccumulator: () => [],
    addInput: addInputOf('toList', field, (list: unknown[], value) => {
      if (value !== undefined) list.push(value)
      return list
    }),
    mergeAccumulators: lists => {
      const merged: unknown[] = []
      for (const list of lists) for (const value of list) merged.push(value)
      return merged
    },
    // a copy: further elements may be added to the accumulator
    extractOutput: list => list.slice(),
  }
}
