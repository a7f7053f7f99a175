import {badOption, booleanOption, durationOption, integerOption} from '../../errors/index.ts'
import {DURATION_FORMS, type Duration, parseDuration} from '../../util/index.ts'
import {errorPolicy, type OnError} from '../processing/elements/error-policy.ts'
import type {ProcessorOptions} from '../processing/elements/user-code.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {StageDescriptor} from '../stage/info/descriptor.ts'
import type {SideInputsOf} from '../stage/side-input.ts'
import type {StageOptions} from '../stage/stage-options.ts'

/** Options of every DoFn. */
export interface DoFnOptions<Tags = {}> extends StageOptions {
  /** Maximum number of asynchronous `process` calls in flight; default: the Pipeline's, else 1. Synchronous calls are unaffected. */
  concurrency?: number | undefined
  /** Keep the order of elements when calls are asynchronous; default true. False hands on outputs as calls finish. */
  ordered?: boolean | undefined
  /** Longest time one asynchronous `process` call may take; default: no limit. */
  timeout?: Duration | undefined
  /** How much earlier than its element a `timestamped()` output may be; default 0. */
  allowedSkew?: Duration | undefined
  /** Process an element in several windows once for each, so that `context.window` may be read; default false. */
  observesWindow?: boolean | undefined
  /** What happens to an element whose `process` throws: 'fail' (default), 'nack' (messages only) or `deadLetter('tag')`. */
  onError?: OnError<keyof Tags & string>
}

/** The side inputs of a DoFn that declares any. */
export interface SideOptions<Side> {
  /** Side inputs by name, which `process` reads from `c.side`; it is not called until all of them are ready. */
  side: SideInputsOf<Side>
}

/** Constructor arguments of a DoFn: options, which must name its side inputs if it has any. */
export type DoFnArguments<Tags, Side> = [keyof Side] extends [never]
  ? [options?: DoFnOptions<Tags>, descriptor?: StageDescriptor]
  : [optionsWithSide: DoFnOptions<Tags> & SideOptions<Side>, descriptor?: StageDescriptor]

export const DO_FN_OPTION_NAMES = [
  'concurrency',
  'ordered',
  'timeout',
  'allowedSkew',
  'observesWindow',
  'onError',
  'side',
] as const

/** Checks the options that only a DoFn has; `where` names it in errors. */
export function processorOptions(
  where: string,
  options: DoFnOptions,
): Omit<ProcessorOptions, 'kind' | 'side' | 'stateful'> {
  const {concurrency} = options
  integerOption(where, 'concurrency', concurrency, DEFAULTS.concurrency, 1)
  const ordered = booleanOption(where, 'ordered', options.ordered, true)
  const timeout = options.timeout === undefined ? undefined : parseDuration(options.timeout)
  if (options.timeout !== undefined && !timeout) throw badOption(where, 'timeout', options.timeout, DURATION_FORMS)
  const skew = durationOption(where, 'allowedSkew', options.allowedSkew, 0)
  return {concurrency, ordered, timeout, skew, policy: errorPolicy(where, options.onError)}
}
