import {show} from '../../errors/index.ts'
import type {KV} from '../key-value/kv.ts'
import {combineError} from './base/combine-error.ts'
import type {CombineFn} from './base/combine-fn.ts'
import {addInputOf, readerOf} from './base/field.ts'

/** What a key of a Map may be: of objects it would find only the very same. */
type MapKey = string | number | bigint | boolean | null

/**
 * A Map of the keys and values of pairs, or of rows by one of their fields. Of nothing it is an empty one.
 *
 * A key that comes twice is an error: `groupBy` the key, or take `toList()`, where there may be several values. All pairs are in
 * memory at once.
 *
 * @param key the name of a property, or a function of the element; without it elements are pairs `[key, value]`
 * @param value the same for the value; without it the element itself
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_COMBINE` for what is not a pair, a key that is not a
 *   primitive value, and one that comes twice
 *
 * @example
 * const perDay = toMap((row: {day: string; n: number}) => row.day, row => row.n)
 */
export function toMap<K extends MapKey, V>(): CombineFn<KV<K, V>, Map<K, V>, Map<K, V>>
export function toMap<I, K extends MapKey>(key: (element: I) => K): CombineFn<I, Map<K, I>, Map<K, I>>
export function toMap<I, K extends MapKey, V>(
  key: (element: I) => K,
  value: (element: I) => V,
): CombineFn<I, Map<K, V>, Map<K, V>>
export function toMap<K extends string, V extends string>(
  key: K,
  value: V,
): CombineFn<{readonly [P in K]: MapKey} & {readonly [P in V]: unknown}, Map<MapKey, unknown>, Map<MapKey, unknown>>
// biome-ignore lint/suspicious/noExplicitAny: keys of any type, which a Map does not vary in
export function toMap(key?: unknown, value?: unknown): CombineFn<never, Map<any, unknown>, Map<any, unknown>> {
  const valueIn = readerOf('toMap', value)
  return {
    createAccumulator: () => new Map(),
    addInput: addInputOf('toMap', key, (map: Map<unknown, unknown>, k, _, element) => {
      if (key !== undefined) put(map, k, valueIn(element as never))
      else if (Array.isArray(element) && element.length === 2) put(map, element[0], element[1])
      else
        throw combineError('toMap', element, "pairs [key, value], or the fields of key and value: toMap('id', 'name')")
      return map
    }),
    mergeAccumulators: maps => {
      const merged = new Map<unknown, unknown>()
      for (const map of maps) for (const [k, v] of map) put(merged, k, v)
      return merged
    },
    extractOutput: map => new Map(map),
  }
}

function put(map: Map<unknown, unknown>, key: unknown, value: unknown): void {
  if (key === undefined || (typeof key === 'object' && key !== null) || typeof key === 'function')
    throw combineError('toMap', key, 'keys that are strings, numbers or other primitive values')
  if (map.has(key))
    throw combineError(
      'toMap',
      value,
      `keys that are unique: ${show(key)} has a value already; toList() keeps all of them`,
    )
  map.set(key, value)
}
