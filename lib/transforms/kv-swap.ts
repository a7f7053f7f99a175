import type {DoFn, StageOptions} from '../core/index.ts'
import type {KV} from './kv.ts'
import {map} from './map.ts'

/**
 * A DoFn that makes `[value, key]` of each `[key, value]`.
 *
 * @example
 * pipeline(source, withKeys((row: Row) => row.customer), kvSwap(), sink)
 */
export function kvSwap<K = unknown, V = unknown>(options?: StageOptions): DoFn<KV<K, V>, KV<V, K>> {
  return map(function kvSwap(pair: KV<K, V>): KV<V, K> {
    return [pair[1], pair[0]]
  }, options)
}
