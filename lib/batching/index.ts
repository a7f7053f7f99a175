export {BatchError, type FailedRow, writtenNote} from './batch-error.ts'
export type {BatchItem, Refusal} from './batch-item.ts'
export {
  BATCH_OPTION_NAMES,
  type BatchLimits,
  type BatchOptions,
  type BatchPolicy,
  batchPolicy,
  retryForOption,
} from './batch-policy.ts'
export {
  type BatchPort,
  type RetryNote,
  type RowError,
  type RowFailure,
  type Verdict,
  writeBatch,
} from './batch-writer.ts'
export {BatchingSink, type BatchingSinkOptions} from './batching-sink.ts'
export {CallTimeout, callWithDeadline, callWithRetries} from './call.ts'
export {
  badDeadLetter,
  type DeadLetterRequest,
  type DeadLetterTarget,
  fillDeadLetterPort,
  withDeadLetter,
} from './dead-letter-port.ts'
export type {Laned} from './keyed-batch-queue.ts'
export {RETRY_POLICY, type Retryable, RetryBudget, type RetryPolicy} from './retry-budget.ts'
export {hash128, STABLE_ID_LENGTH, type StableIds, stableIds} from './stable-id.ts'
