/** Deadlines that Pub/Sub allows, s. */
const SHORTEST = 10
const LONGEST = 600
/** The shortest deadline for an exactly-once subscription, as in Google's client, s. */
const SHORTEST_EXACTLY_ONCE = 60
/** After this many messages, earlier measurements count half. */
const HALF_LIFE = 2000

/**
 * Measures the time from reception to acknowledgement, and derives the ack deadline from it: twice the 99th percentile, so that
 * few leases need an extension, between 10 and 600 s.
 */
export class AckDeadlineEstimator {
  /** Number of messages by whole seconds. */
  readonly #counts = new Float64Array(LONGEST + 1)
  #total = 0
  exactlyOnce = false

  add(ms: number): void {
    this.#counts[Math.min(LONGEST, Math.max(0, Math.floor(ms / 1000)))]!++
    if (++this.#total < HALF_LIFE) return
    for (let s = 0; s <= LONGEST; s++) this.#counts[s]! /= 2
    this.#total /= 2
  }

  /** The deadline to request, whole seconds. */
  get deadline(): number {
    const shortest = this.exactlyOnce ? SHORTEST_EXACTLY_ONCE : SHORTEST
    let left = this.#total * 0.01
    for (let s = LONGEST; s >= 0 && this.#total > 0; s--) {
      left -= this.#counts[s]!
      if (left < 0) return Math.min(LONGEST, Math.max(shortest, 2 * (s + 1)))
    }
    return shortest
  }
}
