import {type Clock, sleep, systemClock} from '../../core/index.ts'
import {backoffDelay, formatDuration} from '../../util/index.ts'
import type {GcsFailure} from './classify-error.ts'
import {asksTooLong, gaveUpError, noProgress} from './gcs-errors.ts'

/** A wait before a retry, for logs and metrics. */
export interface RetryNote {
  readonly what: string
  readonly reason: string
  /** Milliseconds until the retry. */
  readonly waitMs: number
  /** Milliseconds without progress so far. */
  readonly failingMs: number
}

/** Timeouts and retry budget of a read. */
export interface ReadPolicy {
  /** Milliseconds without a byte, while bytes are wanted, after which the connection is replaced. */
  readonly stallTimeout: number
  /** Milliseconds without progress after which a read gives up. */
  readonly retryFor: number
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly onRetry: (note: RetryNote) => void
}

export const DEFAULT_READ_POLICY: ReadPolicy = {
  stallTimeout: 30_000,
  retryFor: 15 * 60_000,
  clock: systemClock,
  random: Math.random,
  onRetry: () => {},
}

/** Without any answer so far, it is not a service in trouble but a wrong address or no network: do not wait long. */
const FIRST_CONTACT = 10_000
/** Milliseconds between tries. */
const BACKOFF = {base: 2000, cap: 32_000}

/** Whether the service has ever answered; shared by all calls of one file system. */
export interface Contact {
  made: boolean
}

/** Waits between tries of one read: 1 to 32 s, doubling, with jitter, within the budget. Progress starts it anew. */
export class Retries {
  readonly #what: string
  readonly #policy: ReadPolicy
  readonly #contact: Contact
  readonly #gaveUpError: typeof gaveUpError
  #failingSince: number | undefined
  #tries = 0

  constructor(what: string, policy: ReadPolicy, contact: Contact, gaveUp = gaveUpError) {
    this.#what = what
    this.#policy = policy
    this.#contact = contact
    this.#gaveUpError = gaveUp
  }

  /** Something was read: the next failure counts as the first. */
  progress(): void {
    this.#contact.made = true
    this.#failingSince = undefined
    this.#tries = 0
  }

  /** Waits before a retry; throws if the wait would exceed the budget, or with the signal's reason. */
  async wait(failure: GcsFailure, signal: AbortSignal, immediately = false): Promise<void> {
    const {clock, random, retryFor, onRetry} = this.#policy
    if (failure.status !== undefined) this.#contact.made = true
    const now = clock.now()
    this.#failingSince ??= now
    const failingMs = now - this.#failingSince
    const {retryAfter} = failure
    const waitMs = immediately ? (retryAfter ?? 0) : backoffDelay(this.#tries++, BACKOFF, {retryAfter, random})
    const budget = failure.kind === 'unreachable' && !this.#contact.made ? Math.min(retryFor, FIRST_CONTACT) : retryFor
    if (failingMs + waitMs > budget) {
      const left = Math.max(0, budget - failingMs)
      const asked = failure.retryAfter !== undefined && failure.retryAfter > left
      const why = asked ? asksTooLong(failure, left) : noProgress(failure, formatDuration(failingMs))
      throw this.#gaveUpError(failure, this.#what, why)
    }
    onRetry({what: this.#what, reason: failure.message, waitMs, failingMs})
    if (waitMs > 0) await sleep(clock, waitMs, signal)
    else signal.throwIfAborted()
  }
}
