import type {Writable} from 'node:stream'
import type {StageOptions} from '../core/index.ts'
import type {BatchPolicy} from './batch-policy.ts'
import type {RetryPolicy} from './retry-budget.ts'

/** Options of a batching sink. */
export interface BatchingSinkOptions extends StageOptions {
  readonly policy: BatchPolicy
  readonly retry: RetryPolicy
  /** Bytes of a request without its items. */
  readonly overhead: number
  /** What the service bills for a row of so many bytes, if it bills by row. */
  readonly billed?: (rowBytes: number) => number
  /** True when items have lanes ({@link Laned}), of which a request takes one only. */
  readonly lanes?: boolean
  readonly deadLetter?: Writable | undefined
  readonly random?: (() => number) | undefined
}
