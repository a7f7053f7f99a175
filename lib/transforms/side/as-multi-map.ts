import type {SideInput} from '../../core/index.ts'
import type {KV} from '../key-value/kv.ts'
import {keyAndOptions} from './as-map.ts'
import {mapFold, pairsOf} from './side-map.ts'
import {type SideInputOptions, type SideSourceOrFactory, sideInput} from './side-options.ts'

/**
 * A side input that is a map of lists: all values of a key, in the order they arrived. Otherwise like {@link asMap}.
 *
 * @param input a source or another stage, a collection of a Pipeline, or a function that returns a new source
 * @param key returns the key of an element; without it elements are pairs `[key, value]`
 * @param options `every`: reads the input again and again; needs a function as input
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_SIDE_INPUT` fails the run for a key that is not
 *   a primitive value, for messages and for sources without an end; `ERR_SLUICE_PROCESS` when `key` throws
 *
 * @example
 * const addresses = asMultiMap(readFromCsv<{customer: string; city: string}>('addresses.csv'), address => address.customer)
 */
export function asMultiMap<K, V>(
  input: SideSourceOrFactory<KV<K, V>>,
  options?: SideInputOptions,
): SideInput<ReadonlyMap<K, readonly V[]>>
export function asMultiMap<E, K>(
  input: SideSourceOrFactory<E>,
  key: (element: E) => K,
  options?: SideInputOptions,
): SideInput<ReadonlyMap<K, readonly E[]>>
export function asMultiMap<E, K, V>(
  input: SideSourceOrFactory<E>,
  ...args: unknown[]
): SideInput<ReadonlyMap<K, readonly V[]>> {
  const {key, options} = keyAndOptions<E, K>('asMultiMap', args)
  return sideInput<E, ReadonlyMap<K, readonly V[]>>('asMultiMap', input, options, where => {
    const {add, map, result} = mapFold<E, K, V, V[]>(pairsOf('asMultiMap', where, key), (lists, k, value) => {
      const list = lists.get(k)
      if (list) list.push(value)
      else lists.set(k, [value])
    })
    return {
      add,
      result: () => {
        for (const list of map.values()) Object.freeze(list)
        return result()
      },
    }
  })
}
