import {CALL_KIND, type CallKind, type DoFn, type ProcessResult} from '../core/index.ts'
import {
  type ElementFn,
  type FunctionOptions,
  FunctionStage,
  type SideFunctionOptions,
  type TagsWith,
} from './function-stage.ts'

class FlatMapStage<I, O, Tags extends object> extends FunctionStage<I, O, Tags> {
  static override readonly name = 'flatMap'
  override get [CALL_KIND](): CallKind {
    return 'process'
  }
}

/**
 * A DoFn that emits any number of outputs for each element: the members of what `fn` returns.
 *
 * Output `k` of an element has the element's id with `.k`, its timestamp and its lease.
 *
 * @param fn gets the element and the context of `DoFn.process`; returns an array, an iterable, an async iterable, a
 *   promise of an array, or nothing
 * @param options `concurrency`, `ordered`, `timeout`, `onError`, `side`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_PROCESS` fails the run when `fn` throws,
 *   `ERR_SLUICE_OUTPUT_TYPE` when it returns a string, a Buffer or a plain object
 *
 * @example
 * await chain(create([{items: ['a', 'b']}]), flatMap(order => order.items), writeToStdout())
 */
export function flatMap<I, O, Tags extends object = {}, const Tag extends string = keyof Tags & string>(
  fn: ElementFn<I, ProcessResult<O>, Tags>,
  options?: FunctionOptions<Tag>,
): DoFn<I, O, TagsWith<I, Tags, Tag>>
export function flatMap<
  I,
  O,
  Side extends object,
  Tags extends object = {},
  const Tag extends string = keyof Tags & string,
>(
  fn: ElementFn<I, ProcessResult<O>, Tags, Side>,
  options: SideFunctionOptions<Tag, Side>,
): DoFn<I, O, TagsWith<I, Tags, Tag>, Side>
export function flatMap<I, O>(fn: ElementFn<I, unknown, never, never>, options?: object): DoFn<I, O> {
  return new FlatMapStage<I, O, {}>(fn as ElementFn<I, unknown>, options as FunctionOptions | undefined)
}
