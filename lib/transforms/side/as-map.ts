import {type SideInput, type SideName, sideError} from '../../core/index.ts'
import {badOption, show} from '../../errors/index.ts'
import type {KV} from '../key-value/kv.ts'
import {mapFold, pairsOf} from './side-map.ts'
import {type SideInputOptions, type SideSourceOrFactory, sideInput} from './side-options.ts'

/**
 * A side input that is a map: of pairs `[key, value]`, or of elements by the key that a function returns.
 *
 * A duplicate key fails the run; {@link asMultiMap} takes those. Keys are primitive values. The map is read-only, its values are
 * frozen (shallow), and it is held in memory as long as a stage uses it.
 *
 * @param input a source or another stage, a collection of a Pipeline, or a function that returns a new source
 * @param key returns the key of an element; without it elements are pairs
 * @param options `every`: reads the input again and again; needs a function as input
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_SIDE_INPUT` fails the run for a key that is
 *   duplicate or not a primitive value, for messages and for sources without an end; `ERR_SLUICE_PROCESS` when `key` throws
 *
 * @example
 * const rates = asMap(() => readFromCsv<{currency: string; rate: string}>('rates.csv'), rate => rate.currency, {every: '10m'})
 * map((order: {currency: string}, c) => ({...order, rate: c.side.rates.get(order.currency)?.rate ?? null}), {side: {rates}})
 */
export function asMap<K, V>(
  input: SideSourceOrFactory<KV<K, V>>,
  options?: SideInputOptions,
): SideInput<ReadonlyMap<K, V>>
export function asMap<E, K>(
  input: SideSourceOrFactory<E>,
  key: (element: E) => K,
  options?: SideInputOptions,
): SideInput<ReadonlyMap<K, E>>
export function asMap<E, K, V>(input: SideSourceOrFactory<E>, ...args: unknown[]): SideInput<ReadonlyMap<K, V>> {
  const {key, options} = keyAndOptions<E, K>('asMap', args)
  return sideInput('asMap', input, options, where =>
    mapFold<E, K, V, V>(pairsOf('asMap', where, key), (map, k, value) => {
      if (map.has(k)) throw twice(where, k, value)
      map.set(k, value)
    }),
  )
}

function twice(where: SideName, key: unknown, value: unknown): Error {
  return sideError(
    where,
    `asMap was given the key ${show(key)} twice; use asMultiMap, or leave all but one of the elements out before`,
    value,
  )
}

/** The arguments after the input: a key function, options, or both. */
export function keyAndOptions<E, K>(
  kind: string,
  args: readonly unknown[],
): {key: ((element: E) => K) | undefined; options: SideInputOptions | undefined} {
  const [first, second] = args
  if (typeof first === 'function')
    return {key: first as (element: E) => K, options: second as SideInputOptions | undefined}
  if (second !== undefined) throw badOption(kind, 'key', first, 'a function that gives the key of an element')
  return {key: undefined, options: first as SideInputOptions | undefined}
}
