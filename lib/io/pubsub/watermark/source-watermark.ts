/** How long a timestamp that was seen holds the watermark back: messages come out of order by about so much, ms. */
const WINDOW = 10_000
const BUCKET = 1000

/**
 * The watermark of a subscription, estimated as Beam's reader does it: the smallest timestamp seen of late (here 10 s, in
 * Beam's Java reader 60 s), and of the messages that are not settled. When nothing has come for that long, time goes by
 * the clock.
 */
export class SourceWatermark {
  /** Smallest timestamp of each second of the window, by the second's number. */
  readonly #seen = new Map<number, number>()
  #startedAt: number | undefined

  /** Messages can come from now on. */
  start(now: number): void {
    this.#startedAt ??= now
  }

  /** A message with this timestamp has come, or will come again. */
  see(timestamp: number, now: number): void {
    const bucket = Math.floor(now / BUCKET)
    const smallest = this.#seen.get(bucket)
    if (smallest === undefined || timestamp < smallest) this.#seen.set(bucket, timestamp)
  }

  /** @param oldest the smallest timestamp of what is not settled, +Infinity for none */
  estimate(now: number, oldest: number): number {
    if (this.#startedAt === undefined) return Number.NEGATIVE_INFINITY
    const first = Math.floor((now - WINDOW) / BUCKET)
    let smallest = oldest
    let any = oldest !== Number.POSITIVE_INFINITY
    for (const [bucket, timestamp] of this.#seen) {
      if (bucket <= first) this.#seen.delete(bucket)
      else {
        any = true
        if (timestamp < smallest) smallest = timestamp
      }
    }
    if (any) return smallest
    return now - this.#startedAt >= WINDOW ? now : Number.NEGATIVE_INFINITY
  }
}
