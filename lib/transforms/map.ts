import type {CallKind, DoFn} from '../core/index.ts'
import {
  type ElementFn,
  type FunctionOptions,
  FunctionStage,
  type SideFunctionOptions,
  type TagsWith,
} from './function-stage.ts'

class MapStage<I, O, Tags extends object> extends FunctionStage<I, O, Tags> {
  static override readonly name = 'map'
  override get callKind(): CallKind {
    return 'map'
  }
}

/**
 * A DoFn that gives one output an element: what `fn` returns, or what its promise resolves to.
 *
 * The output keeps its element's id, timestamp and lease. A row may be changed in place and returned, as long as it has
 * no second consumer.
 *
 * @param fn gets the element and the context of `DoFn.process`; arrays that it returns are elements as they are
 * @param options `concurrency`, `ordered`, `timeout`, `onError`, `side`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_PROCESS` fails the run when `fn` throws
 *
 * @example
 * await chain(readFromText('words.txt'), map(line => line.toUpperCase()), writeToStdout())
 */
export function map<I, O, Tags extends object = {}, const Tag extends string = keyof Tags & string>(
  fn: ElementFn<I, O | Promise<O>, Tags>,
  options?: FunctionOptions<Tag>,
): DoFn<I, O, TagsWith<I, Tags, Tag>>
export function map<
  I,
  O,
  Side extends object,
  Tags extends object = {},
  const Tag extends string = keyof Tags & string,
>(
  fn: ElementFn<I, O | Promise<O>, Tags, Side>,
  options: SideFunctionOptions<Tag, Side>,
): DoFn<I, O, TagsWith<I, Tags, Tag>, Side>
export function map<I, O>(fn: ElementFn<I, unknown, never, never>, options?: object): DoFn<I, O> {
  return new MapStage<I, O, {}>(fn as ElementFn<I, unknown>, options as FunctionOptions | undefined)
}
