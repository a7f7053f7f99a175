import {
  CALL_KIND,
  type CallKind,
  type DeadLetter,
  DoFn,
  type DoFnOptions,
  isTotal,
  type OnError,
  type ProcessContext,
  type ProcessResult,
  type SideOptions,
  stageDescriptor,
} from '../core/index.ts'
import {badOption} from '../errors/index.ts'

/** A function of one element, as for `map`, `filter`, …; the context is that of `DoFn.process`. */
export type ElementFn<I, R, Tags extends object = {}, Side extends object = {}> = (
  element: I,
  context: ProcessContext<Tags, Side>,
) => R

/**
 * Options of transforms made of a function: those of every DoFn. `name` defaults to the name of the function, or else of the
 * transform.
 */
export interface FunctionOptions<Tag extends string = string> extends Omit<DoFnOptions, 'onError'> {
  /** What happens to an element whose function throws: 'fail' (default) or `deadLetter('tag')`. */
  onError?: OnError<Tag> | undefined
  /** @internal Side inputs change the type of the context: see {@link SideFunctionOptions}. */
  side?: undefined
}

/** The same with side inputs, which are `context.side` in the function. */
export interface SideFunctionOptions<Tag extends string, Side extends object>
  extends Omit<FunctionOptions<Tag>, 'side'>,
    SideOptions<Side> {}

/** Tags of such a stage: those that its function emits to, and the tag of `onError: deadLetter('tag')`. */
export type TagsWith<I, Tags extends object, Tag extends string> = {
  [K in (keyof Tags & string) | Tag]: K extends keyof Tags ? Tags[K] : DeadLetter<I>
}

/** A DoFn made of a function. Each transform has a subclass with its name, which errors show. */
export abstract class FunctionStage<I, O, Tags extends object, R = unknown> extends DoFn<I, O, Tags> {
  readonly #fn: ElementFn<I, R, Tags>

  constructor(fn: ElementFn<I, R, Tags>, options: FunctionOptions | undefined) {
    if (typeof fn !== 'function') throw badOption(new.target.name, 'fn', fn, 'a function (element, context) => …')
    super(options as DoFnOptions<Tags>, stageDescriptor({defaultName: fn.name, total: isTotal(fn)}))
    this.#fn = fn
  }

  override process(element: I, context: ProcessContext<Tags>): ProcessResult<O> {
    return this.#fn(element, context) as ProcessResult<O>
  }

  abstract override get [CALL_KIND](): CallKind
}
