/** Number of buckets in a window. */
const BUCKETS = 60

/** The minimum of the numbers seen within a sliding time window, which moves in steps of a sixtieth of its length. */
export class WindowedMin {
  readonly #width: number
  /** The minimum of each bucket by bucket number, oldest first. */
  readonly #buckets = new Map<number, number>()

  /** @param window length, ms */
  constructor(window: number) {
    this.#width = Math.max(1, window / BUCKETS)
  }

  add(value: number, now: number): void {
    const bucket = Math.floor(now / this.#width)
    const smallest = this.#buckets.get(bucket)
    if (smallest === undefined || value < smallest) this.#buckets.set(bucket, value)
  }

  /** The minimum; +Infinity if no number was seen in the window. */
  min(now: number): number {
    const over = Math.floor(now / this.#width) - BUCKETS
    let min = Number.POSITIVE_INFINITY
    for (const [bucket, smallest] of this.#buckets) {
      if (bucket < over) this.#buckets.delete(bucket)
      else if (smallest < min) min = smallest
    }
    return min
  }
}
