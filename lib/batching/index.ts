export {BatchError, type FailedRow} from './batch-error.ts'
export type {BatchItem, Refusal} from './batch-item.ts'
export {
  BATCH_OPTION_NAMES,
  type BatchOptions,
  type BatchPolicy,
  batchPolicy,
  retryForOption,
} from './batch-policy.ts'
export type {
  BatchPort,
  RowError,
  RowFailure,
  Verdict,
} from './batch-writer.ts'
export {BatchingSink} from './batching-sink.ts'
export {CallTimeout, callWithRetries} from './call.ts'
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
