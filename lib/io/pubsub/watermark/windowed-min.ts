/** Buckets of a window. */
const BUCKETS = 60

/** The smallest number of those seen within a time window, which moves on in sixtieths of its length. */
export class WindowedMin {
  readonly #width: number
  /** Smallest number of each bucket, by the bucket's number, oldest first. */
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

  /** The smallest number; +Infinity if none was seen in the window. */
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
