import type {Consumer} from './consumer.ts'

const COMPACT = 1024

/** What a lane needs to know of an entry. */
interface LaneEntry {
  readonly message: {readonly seq: number}
  readonly acked: boolean
  readonly gone: boolean
}

/** The messages of one ordering key, in the order of publishing, from the oldest that is not acknowledged. */
export class Lane<E extends LaneEntry> {
  /** Messages handed out and not settled. */
  outstanding = 0
  /** The consumer that holds them: all messages of a key go to one. */
  owner: Consumer | undefined
  /** Nothing of the key is handed out before this time: the backoff after a failure. */
  blockedUntil = 0
  /** Whether the lane is in the queue of those that have something to hand out. */
  queued = false
  #entries: E[] = []
  /** First entry that is kept. */
  #head = 0
  /** First entry that is to be handed out next. */
  #cursor = 0

  push(entry: E): void {
    this.#entries.push(entry)
  }

  get isEmpty(): boolean {
    return this.#head === this.#entries.length
  }

  /** What is to be handed out next. */
  peek(): E | undefined {
    while (this.#entries[this.#cursor]?.acked || this.#entries[this.#cursor]?.gone) this.#cursor++
    return this.#entries[this.#cursor]
  }

  advance(): void {
    this.#cursor++
  }

  /** Goes back to `entry`, and gives it and all later ones that had been reached, in order. */
  rewind(entry: E): E[] {
    const place = this.#placeOf(entry)
    const reached = this.#entries.slice(place, Math.max(this.#cursor, place))
    this.#cursor = Math.min(this.#cursor, place)
    return reached
  }

  /**
   * Drops acknowledged entries from the front and returns them. Those after an unacknowledged one stay: a redelivery of
   * that one brings them again.
   */
  trim(): E[] {
    const dropped: E[] = []
    for (let entry = this.#entries[this.#head]; entry?.acked || entry?.gone; entry = this.#entries[this.#head]) {
      dropped.push(entry)
      this.#head++
    }
    this.#cursor = Math.max(this.#cursor, this.#head)
    if (this.#head >= COMPACT && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#cursor -= this.#head
      this.#head = 0
    }
    return dropped
  }

  #placeOf({message: {seq}}: E): number {
    let from = this.#head
    let to = this.#entries.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#entries[middle]!.message.seq < seq) from = middle + 1
      else to = middle
    }
    return from
  }
}
