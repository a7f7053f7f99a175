/** Keeps a watermark back until it is released. */
export interface WatermarkHold {
  readonly watermark: number
  /** Ends the hold; a second call changes nothing. */
  release(): void
}

interface Entry extends WatermarkHold {
  released: boolean
}

/**
 * Holds of the output watermark of a stage: calls in flight, gathered values, window state, timers. The watermark that may
 * leave is the smallest of all holds and the input's.
 */
export class WatermarkHolds {
  /** A binary heap, smallest first; released entries stay until they reach the top. */
  readonly #heap: Entry[] = []

  /** Keeps the watermark from passing `watermark` (ms) until the hold is released. */
  hold(watermark: number): WatermarkHold {
    const entry: Entry = {
      watermark,
      released: false,
      release: () => {
        entry.released = true
        while (this.#heap[0]?.released) this.#removeFirst()
      },
    }
    this.#add(entry)
    return entry
  }

  /** The smallest held watermark, ms; +Infinity without holds. */
  get minimum(): number {
    return this.#heap[0]?.watermark ?? Number.POSITIVE_INFINITY
  }

  /** The watermark that may leave, given the input's. */
  limit(watermark: number): number {
    return Math.min(watermark, this.minimum)
  }

  #add(entry: Entry): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (heap[above]!.watermark <= entry.watermark) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = entry
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1]!.watermark < heap[child]!.watermark) child++
      if (heap[child]!.watermark >= last.watermark) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}
