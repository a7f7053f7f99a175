import {CALL_KIND, type CallKind, type DoFn, type ProcessResult} from '../core/index.ts'
import {
  type ElementFn,
  type FunctionOptions,
  FunctionStage,
  type SideFunctionOptions,
  type TagsWith,
} from './function-stage.ts'

class ParDoStage<I, O, Tags extends object> extends FunctionStage<I, O, Tags> {
  static override readonly name = 'parDo'
  override get [CALL_KIND](): CallKind {
    return 'process'
  }
}

/**
 * A DoFn made of a function, which stands for `DoFn.process`. It returns any number of outputs, or is a generator.
 *
 * Output `k` of an element has the element's id with `.k`, its timestamp and its lease. The context of
 * `fn` types the tags that it emits to: `(row: Row, c: ProcessContext<{late: Row}>) => …`.
 *
 * @param fn gets the element and the context of `DoFn.process`; returns an array, an iterable, an async iterable, a
 *   promise of an array, or nothing
 * @param options `concurrency`, `ordered`, `timeout`, `onError`, `side`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_PROCESS` fails the run when `fn` throws,
 *   `ERR_SLUICE_OUTPUT_TYPE` when it returns a string, a Buffer or a plain object
 *
 * @example
 * parDo(function* (line: string) {
 *   for (const word of line.split(' ')) yield word
 * })
 */
export function parDo<I, O, Tags extends object = {}, const Tag extends string = keyof Tags & string>(
  fn: ElementFn<I, ProcessResult<O>, Tags>,
  options?: FunctionOptions<Tag>,
): DoFn<I, O, TagsWith<I, Tags, Tag>>
export function parDo<
  I,
  O,
  Side extends object,
  Tags extends object = {},
  const Tag extends string = keyof Tags & string,
>(
  fn: ElementFn<I, ProcessResult<O>, Tags, Side>,
  options: SideFunctionOptions<Tag, Side>,
): DoFn<I, O, TagsWith<I, Tags, Tag>, Side>
export function parDo<I, O>(fn: ElementFn<I, unknown, never, never>, options?: object): DoFn<I, O> {
  return new ParDoStage<I, O, {}>(fn as ElementFn<I, unknown>, options as FunctionOptions | undefined)
}
