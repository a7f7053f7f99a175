const COMPACT = 1024

/** A queue whose ends are cheap, with access by place; `Array.shift` of a long array is not. */
export class Fifo<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** The item so many places behind the first. */
  at(place: number): T | undefined {
    return this.#items[this.#head + place]
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined
    const item = this.#items[this.#head]
    // it must not be kept for as long as the queue is
    this.#items[this.#head++] = undefined
    if (this.#head >= COMPACT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#head = 0
  }
}
