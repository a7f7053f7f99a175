import {CALL_KIND, type CallKind, type DoFn, type ProcessContext} from '../core/index.ts'
import {
  type ElementFn,
  type FunctionOptions,
  FunctionStage,
  type SideFunctionOptions,
  type TagsWith,
} from './function-stage.ts'

class FilterStage<I, O extends I, Tags extends object> extends FunctionStage<I, O, Tags> {
  static override readonly name = 'filter'
  override get [CALL_KIND](): CallKind {
    return 'filter'
  }
}

/**
 * A DoFn that keeps the elements for which `fn` returns (or resolves to) something truthy.
 *
 * Elements keep their id, timestamp and lease; a message whose element is dropped counts as handled. A type guard narrows the
 * type of the output.
 *
 * @param fn gets the element and the context of `DoFn.process`
 * @param options `concurrency`, `ordered`, `timeout`, `onError`, `side`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_PROCESS` fails the run when `fn` throws
 *
 * @example
 * await chain(create([{total: 0}, {total: 1}]), filter(row => row.total > 0), writeToStdout())
 */
export function filter<I, O extends I, Tags extends object = {}, const Tag extends string = keyof Tags & string>(
  fn: (element: I, context: ProcessContext<Tags>) => element is O,
  options?: FunctionOptions<Tag>,
): DoFn<I, O, TagsWith<I, Tags, Tag>>
export function filter<I, Tags extends object = {}, const Tag extends string = keyof Tags & string>(
  fn: ElementFn<I, unknown, Tags>,
  options?: FunctionOptions<Tag>,
): DoFn<I, I, TagsWith<I, Tags, Tag>>
export function filter<
  I,
  Side extends object,
  Tags extends object = {},
  const Tag extends string = keyof Tags & string,
>(
  fn: ElementFn<I, unknown, Tags, Side>,
  options: SideFunctionOptions<Tag, Side>,
): DoFn<I, I, TagsWith<I, Tags, Tag>, Side>
export function filter<I>(fn: ElementFn<I, unknown, never, never>, options?: object): DoFn<I, I> {
  return new FilterStage<I, I, {}>(fn as ElementFn<I, unknown>, options as FunctionOptions | undefined)
}
