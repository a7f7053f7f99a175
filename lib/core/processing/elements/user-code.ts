import {SluiceError} from '../../../errors/index.ts'
import type {FiredTimer} from '../../bundle/fired-timer.ts'
import type {StageContext} from '../../stage/context.ts'
import type {ErrorPolicy} from './error-policy.ts'
import type {SideReader} from './no-sides.ts'
import type {CallKind} from './results.ts'

/** The methods of a DoFn that a processor calls. */
export interface UserCode<I> {
  setup?(context: StageContext): unknown
  startBundle?(context: StageContext): unknown
  process(element: I, context: StageContext): unknown
  /** Called when a timer that the DoFn has set fires. */
  onTimer?(timer: FiredTimer, context: StageContext): unknown
  finishBundle?(context: StageContext): unknown
  teardown?(context: StageContext): unknown
}

/** What is called for the values of a chunk: the user code itself for elements. */
export type Callee<T> = Pick<UserCode<T>, 'process'>

/** What is called for timers. */
export function timersOf(code: UserCode<never>, stage: string): Callee<never> {
  return {
    process(timer: FiredTimer, context) {
      if (typeof code.onTimer === 'function') return code.onTimer(timer, context)
      throw new SluiceError(
        'ERR_SLUICE_OPTION',
        `${stage}: timer '${timer.id}' fired; its DoFn needs onTimer(timer, context)`,
        {stage},
      )
    },
  }
}

/** How a DoFn is run. */
export interface ProcessorOptions {
  /** How the result of `process` is interpreted. */
  readonly kind: CallKind
  /** Maximum number of asynchronous calls in flight; undefined: the stage's default. */
  readonly concurrency: number | undefined
  /** Whether outputs leave in the order of elements when calls are asynchronous. */
  readonly ordered: boolean
  /** Longest time that one asynchronous call may take, ms; undefined: no limit. */
  readonly timeout: number | undefined
  /** How much earlier than its element an output with its own timestamp may be, ms. */
  readonly skew: number
  readonly policy: ErrorPolicy
  /** True when calls in flight must finish before a barrier passes, since they may change state. */
  readonly stateful: boolean
  readonly side: SideReader | undefined
}

/** The error of a stage without `process`. */
export function noProcess(stage: string): SluiceError {
  return new SluiceError('ERR_SLUICE_OPTION', `${stage}: a DoFn needs a method process(element, context)`, {stage})
}
