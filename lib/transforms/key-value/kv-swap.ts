import {type DoFn, declareTotal, type StageOptions} from '../../core/index.ts'
import {map} from '../map.ts'
import type {KV} from './kv.ts'

/**
 * A DoFn that makes `[value, key]` of each `[key, value]`.
 *
 * @example
 * await chain(create([{customer: 'Ada'}]), withKeys(row => row.customer), kvSwap(), writeToStdout())
 */
export function kvSwap<K = unknown, V = unknown>(options?: StageOptions): DoFn<KV<K, V>, KV<V, K>> {
  return map(
    declareTotal(function kvSwap(pair: KV<K, V>): KV<V, K> {
      return [pair[1], pair[0]]
    }),
    options,
  )
}
