import type {DoFn, StageOptions} from '../core/index.ts'
import type {KV} from './kv.ts'
import {map} from './map.ts'

/**
 * A DoFn that keeps the value of each `[key, value]`.
 *
 * @example
 * await chain(create([{customer: 'Ada'}]), withKeys(row => row.customer), values(), writeToStdout())
 */
export function values<V = unknown>(options?: StageOptions): DoFn<KV<unknown, V>, V> {
  const stage = map(function values(pair: KV<unknown, V>): V {
    return pair[1]
  }, options)
  stage.info.total = true
  return stage
}
