/** Deadlines within so many milliseconds are kept together: 600 s, the longest lease, then have some 40,000 places. */
const SPAN = 16

/** Items with a due time each. Adding and removing cost the same however many there are. */
export class Deadlines<T> {
  readonly #spans = new Map<number, Map<T, number>>()
  /** Spans that have had something since they were looked at, in order. */
  #order: number[] = []

  add(item: T, time: number): void {
    const span = Math.floor(time / SPAN)
    let items = this.#spans.get(span)
    if (!items) {
      this.#spans.set(span, (items = new Map()))
      this.#order.splice(this.#placeOf(span), 0, span)
    }
    items.set(item, time)
  }

  /** Takes an item out that was added with this time. */
  remove(item: T, time: number): void {
    this.#spans.get(Math.floor(time / SPAN))?.delete(item)
  }

  /** What is due; it stays until it is removed. */
  due(now: number): T[] {
    const due: T[] = []
    for (const span of this.#order) {
      if (span * SPAN > now) break
      for (const [item, time] of this.#spans.get(span)!) if (time <= now) due.push(item)
    }
    return due
  }

  /** When the first is due; `Infinity` without items. */
  earliest(): number {
    for (let [span] = this.#order; span !== undefined; [span] = this.#order) {
      const items = this.#spans.get(span)!
      if (items.size > 0) {
        let earliest = Number.POSITIVE_INFINITY
        for (const time of items.values()) if (time < earliest) earliest = time
        return earliest
      }
      this.#order.shift()
      this.#spans.delete(span)
    }
    return Number.POSITIVE_INFINITY
  }

  clear(): void {
    this.#spans.clear()
    this.#order = []
  }

  #placeOf(span: number): number {
    let from = 0
    let to = this.#order.length
    // most are added at the end
    if (to === 0 || this.#order[to - 1]! < span) return to
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#order[middle]! < span) from = middle + 1
      else to = middle
    }
    return from
  }
}
