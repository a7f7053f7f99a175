import {type DoFn, STAGE_OPTION_NAMES} from '../../core/index.ts'
import {checkOptionNames} from '../../errors/index.ts'
import type {TagsWith} from '../function-stage.ts'
import type {KV} from '../key-value/kv.ts'
import {GroupIntoBatches, type GroupIntoBatchesOptions} from './batches/keyed-batches.ts'

/**
 * A DoFn that gathers the values of each key into arrays: `[key, value]` becomes `[key, [value, …]]`.
 *
 * A batch leaves when it has `size` values, when another value would exceed `bytes`, when its first value has waited for `delay`, when the
 * watermark passes the end of its window, and at the end of the input. Each value is in one batch (one in each of its windows).
 * A batch has the earliest timestamp of its values, their window, and the id of the first with `.b`; it holds the watermark back. Its
 * messages are acknowledged when everything derived from it is committed, so nothing is lost with the process. Where `delay` ends a
 * batch depends on time, so batches differ from run to run.
 *
 * Batches that are being filled are in memory: at most `size` values or `bytes` for each key and open window.
 *
 * @param options `size` or `bytes` (one is needed), `delay` (none), `onError`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_WINDOWING` before anything is read from messages without `delay`;
 *   `ERR_SLUICE_PROCESS` for an element that is no `[key, value]`, and a key that cannot be encoded
 *
 * @example
 * const rows = [{city: 'Oslo', n: 1}, {city: 'Rome', n: 2}, {city: 'Oslo', n: 3}]
 * await chain(create(rows), withKeys(row => row.city), groupIntoBatches({size: 100, delay: '5s'}), writeToStdout({format: 'json'}))
 */
export function groupIntoBatches<K, V, const Tag extends string = never>(
  options: GroupIntoBatchesOptions<Tag>,
): DoFn<KV<K, V>, KV<K, V[]>, TagsWith<KV<K, V>, {}, Tag>> {
  const where = options?.name ?? 'groupIntoBatches'
  checkOptionNames(where, options, [...STAGE_OPTION_NAMES, 'size', 'bytes', 'delay', 'onError'])
  return new GroupIntoBatches<K, V, {}>(options ?? {}) as unknown as DoFn<
    KV<K, V>,
    KV<K, V[]>,
    TagsWith<KV<K, V>, {}, Tag>
  >
}
