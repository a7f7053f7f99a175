import {CALL_KIND, type CallKind, type DoFn, type Timestamped} from '../core/index.ts'
import {
  type ElementFn,
  type FunctionOptions,
  FunctionStage,
  type SideFunctionOptions,
  type TagsWith,
} from './function-stage.ts'

/** What a function of `map` returns. */
type MapResult<O> = O | Timestamped<O> | Promise<O | Timestamped<O>>

class MapStage<I, O, Tags extends object> extends FunctionStage<I, O, Tags> {
  static override readonly name = 'map'
  override get [CALL_KIND](): CallKind {
    return 'map'
  }
}

/**
 * A DoFn that emits one output for each element: what `fn` returns, or what its promise resolves to.
 *
 * The output has the id, timestamp and lease of its element. A row may be changed in place and returned, unless it has a second
 * consumer.
 *
 * @param fn gets the element and the context of `DoFn.process`; an array that it returns is one element
 * @param options `concurrency`, `ordered`, `timeout`, `onError`, `side`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_PROCESS` fails the run when `fn` throws
 *
 * @example
 * await chain(readFromText('words.txt'), map(line => line.toUpperCase()), writeToStdout())
 */
export function map<I, O, Tags extends object = {}, const Tag extends string = keyof Tags & string>(
  fn: ElementFn<I, MapResult<O>, Tags>,
  options?: FunctionOptions<Tag>,
): DoFn<I, O, TagsWith<I, Tags, Tag>>
export function map<
  I,
  O,
  Side extends object,
  Tags extends object = {},
  const Tag extends string = keyof Tags & string,
>(
  fn: ElementFn<I, MapResult<O>, Tags, Side>,
  options: SideFunctionOptions<Tag, Side>,
): DoFn<I, O, TagsWith<I, Tags, Tag>, Side>
export function map<I, O>(fn: ElementFn<I, unknown, never, never>, options?: object): DoFn<I, O> {
  return new MapStage<I, O, {}>(fn as ElementFn<I, unknown>, options as FunctionOptions | undefined)
}
