/** Items by time, earliest first; those of one time in the order in which they were added. */
export class TimeQueue<T> {
  readonly #lists = new Map<number, T[]>()
  /** A binary heap of the distinct times. */
  readonly #times: number[] = []
  /** The list that is being handed out, and how far. */
  #open: readonly T[] = []
  #next = 0

  add(time: number, item: T): void {
    const list = this.#lists.get(time)
    if (list) {
      list.push(item)
      return
    }
    this.#lists.set(time, [item])
    this.#insert(time)
  }

  /** The earliest time with items that were not handed out; +Infinity without any. */
  get earliest(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY
  }

  /** Takes the next item whose time is before `end`; undefined if there is none. */
  takeBefore(end: number): T | undefined {
    return this.#next < this.#open.length || this.earliest < end ? this.#take() : undefined
  }

  /** Takes the next item whose time is not after `end`; undefined if there is none. */
  takeUpTo(end: number): T | undefined {
    return this.#next < this.#open.length || this.earliest <= end ? this.#take() : undefined
  }

  #take(): T | undefined {
    if (this.#next < this.#open.length) return this.#open[this.#next++]
    const time = this.#times[0]
    if (time === undefined) return undefined
    this.#removeFirst()
    this.#open = this.#lists.get(time)!
    this.#lists.delete(time)
    this.#next = 1
    return this.#open[0]
  }

  #insert(time: number): void {
    const heap = this.#times
    let at = heap.push(time) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (heap[above]! <= time) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = time
  }

  #removeFirst(): void {
    const heap = this.#times
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++
      if (heap[child]! >= last) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}
