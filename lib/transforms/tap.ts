import {CALL_KIND, type CallKind, type DoFn} from '../core/index.ts'
import {type ElementFn, type FunctionOptions, FunctionStage, type TagsWith} from './function-stage.ts'

class TapStage<I, Tags extends object> extends FunctionStage<I, I, Tags> {
  static override readonly name = 'tap'
  override get [CALL_KIND](): CallKind {
    return 'tap'
  }
}

/**
 * A DoFn that calls `fn` for each element and passes the element on: for logs, counters and checks.
 *
 * The result of `fn` is ignored, but a promise is awaited before the element is emitted.
 *
 * @param fn gets the element and the context of `DoFn.process`
 * @param options `concurrency`, `ordered`, `timeout`, `onError`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_PROCESS` fails the run when `fn` throws
 *
 * @example
 * tap((row: {total: number}, c) => c.distribution('total').update(row.total))
 */
export function tap<I, Tags extends object = {}, const Tag extends string = keyof Tags & string>(
  fn: ElementFn<I, unknown, Tags>,
  options?: FunctionOptions<Tag>,
): DoFn<I, I, TagsWith<I, Tags, Tag>> {
  return new TapStage<I, TagsWith<I, Tags, Tag>>(fn as ElementFn<I, unknown, object>, options)
}
