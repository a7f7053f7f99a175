import {type DoFn, declareTotal, type StageOptions} from '../../core/index.ts'
import {map} from '../map.ts'
import type {KV} from './kv.ts'

/**
 * A DoFn that keeps the value of each `[key, value]`.
 *
 * @example
 * await chain(create([{customer: 'Ada'}]), withKeys(row => row.customer), values(), writeToStdout())
 */
export function values<V = unknown>(options?: StageOptions): DoFn<KV<unknown, V>, V> {
  return map(
    declareTotal(function values(pair: KV<unknown, V>): V {
      return pair[1]
    }),
    options,
  )
}
