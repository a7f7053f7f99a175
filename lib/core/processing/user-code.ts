import {SluiceError} from '../../errors/index.ts'
import type {StageContext} from '../stage/context.ts'
import type {ErrorPolicy} from './error-policy.ts'
import type {SideReader} from './no-sides.ts'
import type {CallKind} from './results.ts'

/** What the runner calls on a DoFn. */
export interface UserCode<I> {
  readonly callKind: CallKind
  setup?(context: StageContext): unknown
  startBundle?(context: StageContext): unknown
  process(element: I, context: StageContext): unknown
  finishBundle?(context: StageContext): unknown
  teardown?(context: StageContext): unknown
  destroy(error?: Error): unknown
  readonly destroyed: boolean
}

/** How a DoFn runs. */
export interface RunOptions {
  /** Undefined: that of {@link StageInfo.defaultConcurrency}. */
  concurrency: number | undefined
  ordered: boolean
  timeout: number | undefined
  policy: ErrorPolicy
  side: SideReader | undefined
}

/** Why a stage cannot run: it has nothing to call. */
export function noProcess(stage: string): SluiceError {
  return new SluiceError('ERR_SLUICE_OPTION', `${stage}: a DoFn needs a method process(element, context)`, {stage})
}
