import {type Clock, channels, type StageInfo, sleep} from '../core/index.ts'
import {callWithDeadline} from './call.ts'
import {type Retryable, RetryBudget, type RetryPolicy} from './retry-budget.ts'

/** One reason for which a row was refused, as the service gave it. */
export interface RowError {
  /** `invalid`, `tooLarge`, … */
  reason: string
  /** The field that the reason is about; `''` if it names none. */
  location: string
  message: string
}

/** A row of a request that was not written. */
export interface RowFailure {
  /** Position of the row in the request. */
  readonly index: number
  readonly errors: RowError[]
  /** Set when the row may be written later: it is retried, unchanged. */
  readonly retry?: Retryable | undefined
}

/** What a failed request means for its rows. */
export type Verdict =
  /** The request is retried as it is. */
  | {readonly retry: Retryable}
  /** The request was too large: it is halved, and a single row is refused. */
  | {readonly tooLarge: RowError}
  /** Some row of the request is wrong, and the service does not name it: the request is halved, and a single row is refused. */
  | {readonly suspect: RowError}
  /** No row of this request can ever be written. */
  | {readonly reject: RowError}
  /** The run fails. */
  | {readonly fatal: true}

/** The service that a batching sink writes to: makes one request, and classifies what came of it. */
export interface BatchPort<Item, Answer = unknown> {
  /** Sends the items in one request. The signal aborts at the deadline of the call. */
  send(items: readonly Item[], signal: AbortSignal): Promise<Answer>
  /** The items of an answered request that were not written. Must not fail, since the others were. */
  failures(answer: Answer): Promise<readonly RowFailure[]> | readonly RowFailure[]
  /** What an error of `send` means; a time-out is a `CallTimeout`. */
  classifyError(error: unknown): Verdict | Promise<Verdict>
}

/** Why a batch is retried, and after what pause; milliseconds. */
export interface RetryNote {
  readonly error: unknown
  readonly rows: number
  /** Since the batch's first failure. */
  readonly elapsed: number
  readonly delay: number
}

/** What a batch reports on its way. */
export interface BatchEvents<Item> {
  /** These items are written. */
  committed(items: readonly Item[]): void
  /** These items will never be written. The promise holds the batch back while the rejects have no room. */
  rejected(rejects: readonly {item: Item; errors: RowError[]}[]): Promise<void> | void
  retry(note: RetryNote): void
  /** A request with these items was too large. */
  tooLarge(items: readonly Item[]): void
}

/** What a batch writer needs besides the batch. */
interface BatchWriterContext {
  readonly policy: RetryPolicy
  readonly clock: Clock
  readonly random?: (() => number) | undefined
  /** Aborts calls and pauses. */
  readonly signal: AbortSignal
  /** Aborts pauses only: requests in flight may end, nothing is retried. */
  readonly stopping: AbortSignal
  /** The stage that sends, as published on `sluice:request`. */
  readonly stage?: StageInfo
}

/**
 * Writes one batch: retries transient failures, halves requests that are too large or have a wrong row in them, and retries
 * rows that were refused for a transient reason; always the same items, in their order. Resolves when every item is committed
 * or rejected. Rejects with the error of the call when the run must fail, and with the reason of `stopping` when that aborts
 * before the batch is written.
 */
export async function writeBatch<Item, Answer>(
  items: readonly Item[],
  port: BatchPort<Item, Answer>,
  events: BatchEvents<Item>,
  context: BatchWriterContext,
): Promise<void> {
  const {clock, policy, signal, stopping, stage} = context
  const budget = new RetryBudget(policy, clock, context.random)
  const parts: (readonly Item[])[] = [items]
  const pause = async (delay: number, error: unknown, rows: number) => {
    events.retry({error, rows, elapsed: budget.elapsed, delay})
    await sleep(clock, delay, stopping)
    budget.retried()
  }

  for (let part = parts.shift(); part; part = parts.shift()) {
    stopping.throwIfAborted()
    let answer: Answer
    try {
      const sent = part
      const call = () => callWithDeadline(clock, policy.requestTimeout, signal, s => port.send(sent, s))
      answer = await (stage && channels.request.hasSubscribers ? published(stage, sent.length, call) : call())
    } catch (error) {
      if (signal.aborted) throw error
      const verdict = await port.classifyError(error)
      if ('fatal' in verdict) throw error
      if ('retry' in verdict) {
        const delay = budget.next(verdict.retry)
        if (delay === undefined) throw error
        await pause(delay, error, part.length)
        parts.unshift(part)
      } else parts.unshift(...(await divide(part, verdict, events)))
      continue
    }
    const failures = await port.failures(answer)
    if (failures.length === 0) {
      events.committed(part)
      continue
    }
    const {again, delay, first} = await settleRows(part, failures, events, budget)
    if (again.length === 0) continue
    await pause(delay, first, again.length)
    parts.unshift(again)
  }
}

/** Splits a request that cannot be written as a whole; what cannot be split is rejected. Returns the parts to send. */
async function divide<Item>(
  part: readonly Item[],
  verdict: Exclude<Verdict, {retry: unknown} | {fatal: unknown}>,
  events: BatchEvents<Item>,
): Promise<(readonly Item[])[]> {
  if ('reject' in verdict) {
    await events.rejected(part.map(item => ({item, errors: [verdict.reject]})))
    return []
  }
  const tooLarge = 'tooLarge' in verdict
  if (tooLarge) events.tooLarge(part)
  if (part.length === 1) {
    await events.rejected([{item: part[0]!, errors: [tooLarge ? verdict.tooLarge : verdict.suspect]}])
    return []
  }
  const half = Math.ceil(part.length / 2)
  return [part.slice(0, half), part.slice(half)]
}

/** Publishes on `sluice:request` how long a call took and what it failed with. */
async function published<Answer>(info: StageInfo, items: number, call: () => Promise<Answer>): Promise<Answer> {
  const from = performance.now()
  const publish = (outcome: {error?: unknown}) =>
    channels.request.publish({stage: info.name, info, items, durationMs: performance.now() - from, ...outcome})
  try {
    const answer = await call()
    publish({})
    return answer
  } catch (error) {
    publish({error})
    throw error
  }
}

/** Sorts the rows of an answered request: written, refused for good, or to be retried. */
async function settleRows<Item>(
  part: readonly Item[],
  failures: readonly RowFailure[],
  events: BatchEvents<Item>,
  budget: RetryBudget,
): Promise<{again: Item[]; delay: number; first: Error | undefined}> {
  const failed = new Map(failures.map(failure => [failure.index, failure]))
  events.committed(part.filter((_, index) => !failed.has(index)))
  const again: Item[] = []
  const rejects: {item: Item; errors: RowError[]}[] = []
  const delays = new Map<string, number | undefined>()
  let first: Error | undefined
  for (const [index, item] of part.entries()) {
    const failure = failed.get(index)
    if (!failure) continue
    const {retry, errors} = failure
    if (retry && !delays.has(retry.kind)) delays.set(retry.kind, budget.next(retry))
    if (retry && delays.get(retry.kind) !== undefined) {
      again.push(item)
      first ??= new Error(errors.map(({reason, message}) => `${reason}: ${message}`).join('; '))
    } else rejects.push({item, errors})
  }
  if (rejects.length > 0) await events.rejected(rejects)
  return {again, delay: Math.max(0, ...[...delays.values()].map(delay => delay ?? 0)), first}
}
