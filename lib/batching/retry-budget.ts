import type {Clock} from '../core/index.ts'
import {backoffDelay} from '../util/index.ts'

/** How long a sink retries, and with what pauses; milliseconds. */
export interface RetryPolicy {
  /** Shortest pause; BigQuery's SLA asks for one second. */
  readonly firstDelay: number
  /** Largest bound of a pause. */
  readonly longestDelay: number
  /** Time for all retries, from the first failure of a batch; Infinity for no limit. */
  readonly total: number
  /** Deadline of each call. */
  readonly requestTimeout: number
}

/** Pauses of 1 to 32 s, 15 minutes in total, a minute for each call. */
export const RETRY_POLICY: RetryPolicy = {
  firstDelay: 1000,
  longestDelay: 32_000,
  total: 15 * 60_000,
  requestTimeout: 60_000,
}

/** A transient failure. */
export interface Retryable {
  /** The kind of failure; each kind may have a limit of its own. */
  readonly kind: string
  /** How long this kind is retried, from its first appearance in the batch, ms; default: the total alone. */
  readonly within?: number | undefined
  /** The pause that the server asked for (`Retry-After`), ms. */
  readonly retryAfter?: number | undefined
}

/** The retries of one batch: how long to pause before the next, and when to give up. */
export class RetryBudget {
  readonly #policy: RetryPolicy
  readonly #clock: Clock
  readonly #random: () => number
  readonly #firstOfKind = new Map<string, number>()
  #first: number | undefined
  #attempt = 0

  constructor(policy: RetryPolicy, clock: Clock, random: () => number = Math.random) {
    this.#policy = policy
    this.#clock = clock
    this.#random = random
  }

  /** Milliseconds since the first failure. */
  get elapsed(): number {
    return this.#first === undefined ? 0 : this.#clock.now() - this.#first
  }

  /**
   * Milliseconds to pause before the next try, or `undefined` when the failures (of which one request may have several kinds)
   * have lasted too long. The pause is random between the shortest and a bound that doubles with each retry, and never
   * shorter than the server asked for.
   */
  next(failure: Retryable): number | undefined {
    const now = this.#clock.now()
    this.#first ??= now
    const firstOfKind = this.#firstOfKind.get(failure.kind) ?? now
    this.#firstOfKind.set(failure.kind, firstOfKind)
    const deadline = Math.min(
      this.#first + this.#policy.total,
      firstOfKind + (failure.within ?? Number.POSITIVE_INFINITY),
    )
    const left = deadline - now
    const {firstDelay, longestDelay} = this.#policy
    if (left < Math.max(firstDelay, failure.retryAfter ?? 0)) return undefined
    const policy = {base: 2 * firstDelay, cap: longestDelay, jitter: 1, least: firstDelay}
    return Math.min(backoffDelay(this.#attempt, policy, {retryAfter: failure.retryAfter, random: this.#random}), left)
  }

  /** Notes that a retry begins: the next pause may be longer. */
  retried(): void {
    this.#attempt++
  }
}
