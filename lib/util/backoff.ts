/** How the pauses before retries grow; durations in milliseconds. */
export interface BackoffPolicy {
  /** Upper bound of the first pause. */
  readonly base: number
  /** The bound is multiplied by this after each failure; default 2. */
  readonly factor?: number | undefined
  /** Largest bound, however many failures there were. */
  readonly cap: number
  /**
   * The part of each bound that is random, from 0 (every pause is its bound) to 1 (any pause up to the bound); default 0.5.
   * Clients that failed together then do not come back together.
   */
  readonly jitter?: number | undefined
  /** Shortest pause; default 0. */
  readonly least?: number | undefined
}

/** What varies from one retry to the next. */
interface BackoffDetails {
  /** The pause that the server asked for (`Retry-After`, `RetryInfo`), ms: a lower bound that `cap` does not limit. */
  readonly retryAfter?: number | undefined
  /** Random number from 0 to 1; default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/**
 * Milliseconds to pause before a retry: exponential backoff with jitter.
 *
 * The bound is `min(cap, base * factor ** failures)`; the pause is uniform between `(1 - jitter)` times the bound and the
 * bound, and never shorter than `least` and `retryAfter`.
 *
 * @param failures how many tries failed before the one that failed now: 0 for the first failure
 * @returns whole milliseconds
 *
 * @example
 * backoffDelay(0, {base: 100, cap: 30_000}) // 50 to 100
 * backoffDelay(3, {base: 100, cap: 30_000}) // 400 to 800
 * backoffDelay(0, {base: 100, cap: 30_000}, {retryAfter: 60_000}) // 60_000
 */
export function backoffDelay(
  failures: number,
  {base, factor = 2, cap, jitter = 0.5, least = 0}: BackoffPolicy,
  {retryAfter = 0, random = Math.random}: BackoffDetails = {},
): number {
  const bound = Math.min(cap, base * factor ** failures)
  const shortest = Math.max(Math.min(least, bound), bound * (1 - jitter))
  return Math.max(Math.round(shortest + random() * (bound - shortest)), retryAfter)
}
