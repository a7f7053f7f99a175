import {CALL_KIND, type CallKind, type DoFn, isThenable} from '../../core/index.ts'
import {badOption} from '../../errors/index.ts'
import {type ElementFn, type FunctionOptions, FunctionStage, type TagsWith} from '../function-stage.ts'
import type {KV} from './kv.ts'

/** A constant key: anything but a function, which would be called. */
type Constant = string | number | bigint | boolean | symbol | null

class WithKeysStage<I, K, Tags extends object> extends FunctionStage<I, KV<K, I>, Tags> {
  static override readonly name = 'withKeys'
  override get [CALL_KIND](): CallKind {
    return 'map'
  }
}

/**
 * A DoFn that makes `[key, element]` of each element; the key is what `key` returns, or a constant.
 *
 * The output has the id, timestamp and lease of its element.
 *
 * @param key a function of the element and the context (its promise is awaited), or a constant that is not an object
 * @param options `concurrency`, `ordered`, `timeout`, `onError`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_PROCESS` fails the run when `key` throws
 *
 * @example
 * await chain(create([{customer: 'Ada'}]), withKeys(row => row.customer), writeToStdout())
 */
export function withKeys<I, K, Tags extends object = {}, const Tag extends string = keyof Tags & string>(
  key: ElementFn<I, K | Promise<K>, Tags>,
  options?: FunctionOptions<Tag>,
): DoFn<I, KV<K, I>, TagsWith<I, Tags, Tag>>
export function withKeys<const K extends Constant, I = unknown>(key: K, options?: FunctionOptions): DoFn<I, KV<K, I>>
export function withKeys<I, K>(
  key: ElementFn<I, K | Promise<K>, never> | K,
  options?: FunctionOptions,
): DoFn<I, KV<K, I>> {
  if (typeof key === 'object' && key !== null)
    throw badOption('withKeys', 'key', key, 'a function (element, context) => key, or a constant that is not an object')
  return new WithKeysStage<I, K, {}>(typeof key === 'function' ? keyBy(key as ElementFn<I, K>) : always(key), options)
}

function keyBy<I, K>(key: ElementFn<I, K>): ElementFn<I, unknown> {
  const keyed: ElementFn<I, unknown> = (element, context) => {
    const k: unknown = key(element, context)
    return isThenable(k) ? k.then(settled => [settled, element]) : [k, element]
  }
  return Object.defineProperty(keyed, 'name', {value: key.name})
}

function always<I, K>(key: K): ElementFn<I, unknown> {
  return Object.defineProperty((element: I) => [key, element], 'name', {value: ''})
}
