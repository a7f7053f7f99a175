import type {Clock, Timer} from '../../../core/index.ts'
import {type BackoffPolicy, backoffDelay} from '../../../util/index.ts'
import type {HeldMessage} from './held-message.ts'

/** A failed message is redelivered after 1 s, then 2, 4, … up to 60 s, so that one that always fails does not loop tightly. */
const BACKOFF: BackoffPolicy = {base: 1000, cap: 60_000, jitter: 0}
/** Number of messages whose failures are remembered, for subscriptions without a delivery attempt count. */
const REMEMBERED = 10_000

/** The backoff before failed messages are given back, by how often each has failed. */
export class NackPauses {
  readonly #clock: () => Clock
  readonly #failures = new Map<string, number>()
  readonly #pausing = new Map<HeldMessage, {timer: Timer; over: () => void}>()

  constructor(clock: () => Clock) {
    this.#clock = clock
  }

  /** Calls back when the message may be given back. Its lease is kept until then, so that no other process gets it earlier. */
  begin(message: HeldMessage, over: () => void): void {
    const failures = Math.max(this.#count(message.key), message.received.deliveryAttempt)
    const delay = backoffDelay(failures - 1, BACKOFF)
    const end = () => {
      this.#pausing.delete(message)
      over()
    }
    this.#pausing.set(message, {timer: this.#clock().setTimeout(end, delay, true), over: end})
  }

  #count(key: string): number {
    const count = (this.#failures.get(key) ?? 0) + 1
    this.#failures.delete(key)
    this.#failures.set(key, count)
    if (this.#failures.size > REMEMBERED) {
      for (const oldest of this.#failures.keys()) {
        this.#failures.delete(oldest)
        break
      }
    }
    return count
  }

  /** Forgets the failures of a message that has been processed. */
  forget(key: string): void {
    if (this.#failures.size > 0) this.#failures.delete(key)
  }

  /** Ends all pauses now. */
  end(): void {
    for (const {timer, over} of [...this.#pausing.values()]) {
      timer.cancel()
      over()
    }
  }
}
