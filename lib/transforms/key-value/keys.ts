import {type DoFn, declareTotal, type StageOptions} from '../../core/index.ts'
import {map} from '../map.ts'
import type {KV} from './kv.ts'

/**
 * A DoFn that keeps the key of each `[key, value]`.
 *
 * @example
 * await chain(create([{customer: 'Ada'}]), withKeys(row => row.customer), keys(), writeToStdout())
 */
export function keys<K = unknown>(options?: StageOptions): DoFn<KV<K, unknown>, K> {
  return map(
    declareTotal(function keys(pair: KV<K, unknown>): K {
      return pair[0]
    }),
    options,
  )
}
