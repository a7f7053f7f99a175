/** Deadlines that Pub/Sub allows, s. */
const SHORTEST = 10
const LONGEST = 600
/** Of an exactly-once subscription at least this, as Google's client does it, s. */
const SHORTEST_EXACTLY_ONCE = 60
/** After so many messages the older half of what is known counts half. */
const HALF_LIFE = 2000

/**
 * How long messages take from their reception to their acknowledgement, and the ack deadline that fits: twice what 99 of 100
 * messages need, so that few need an extension, within 10 to 600 s.
 */
export class AckDeadlineEstimator {
  /** Messages by whole seconds. */
  readonly #counts = new Float64Array(LONGEST + 1)
  #total = 0
  exactlyOnce = false

  add(ms: number): void {
    this.#counts[Math.min(LONGEST, Math.max(0, Math.floor(ms / 1000)))]!++
    if (++this.#total < HALF_LIFE) return
    for (let s = 0; s <= LONGEST; s++) this.#counts[s]! /= 2
    this.#total /= 2
  }

  /** The deadline to ask for, whole seconds. */
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
