import {type Clock, sleep, systemClock} from '../core/index.ts'
import {abortable, formatDuration} from '../util/index.ts'
import type {Retryable, RetryBudget, RetryPolicy} from './retry-budget.ts'

/** A call was not answered before its deadline. */
export class CallTimeout extends Error {
  constructor(ms: number) {
    super(`no answer within ${formatDuration(ms)}`)
    this.name = 'CallTimeout'
  }
}

/** Makes one call with a deadline: the clients have none that works, and a silent connection would never end. */
export async function callWithDeadline<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController()
  const timer = clock.setTimeout(() => own.abort(new CallTimeout(ms)), ms)
  // the client's own sockets and timers may not keep the process alive
  const hold = systemClock.setTimeout(() => {}, ms, true)
  const forward = () => own.abort(signal.reason)
  if (signal.aborted) forward()
  else signal.addEventListener('abort', forward, {once: true})
  try {
    return await abortable(own.signal, call(own.signal))
  } finally {
    timer.cancel()
    hold.cancel()
    signal.removeEventListener('abort', forward)
  }
}

/** What a retried call needs besides the call itself. */
interface RetryContext {
  readonly policy: RetryPolicy
  readonly clock: Clock
  readonly budget: RetryBudget
  readonly signal: AbortSignal
  /** How an error is retried; undefined if it is not. */
  readonly retryOf: (error: unknown) => Retryable | undefined
  /** Called before each pause. */
  readonly onRetry?: (retry: {error: unknown; elapsed: number; delay: number}) => void
}

/** Retries a call while its failures are transient and the budget lasts; rejects with the last error. */
export async function callWithRetries<T>(context: RetryContext, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const {policy, clock, budget, signal, retryOf} = context
  for (;;) {
    try {
      return await callWithDeadline(clock, policy.requestTimeout, signal, call)
    } catch (error) {
      if (signal.aborted) throw error
      const retryable = retryOf(error)
      const delay = retryable && budget.next(retryable)
      if (delay === undefined) throw error
      context.onRetry?.({error, elapsed: budget.elapsed, delay})
      await sleep(clock, delay, signal)
      budget.retried()
    }
  }
}
