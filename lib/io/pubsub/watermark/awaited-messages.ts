import {MinMultiset} from './min-multiset.ts'

interface Awaited {
  readonly key: string
  readonly timestamp: number
  readonly until: number
}

/** Number of used entries at the head of the queue before it is compacted. */
const CUT = 1000

/**
 * Messages that were given back and await redelivery, by key. One that has not returned within the given time was delivered to
 * another process, sent to a dead-letter topic, or has expired.
 */
export class AwaitedMessages {
  readonly #longest: number
  readonly #awaited = new Map<string, Awaited>()
  readonly #timestamps = new MinMultiset()
  /** In the order of `until`; entries before `#head`, and those no longer in the Map, are obsolete. */
  #queue: Awaited[] = []
  #head = 0

  /** @param longest how long a message is waited for, ms */
  constructor(longest: number) {
    this.#longest = longest
  }

  add(key: string, timestamp: number, now: number): void {
    this.arrived(key)
    const awaited = {key, timestamp, until: now + this.#longest}
    this.#awaited.set(key, awaited)
    this.#timestamps.add(timestamp)
    this.#queue.push(awaited)
    // entries of messages that have arrived meanwhile must not pile up
    if (this.#queue.length - this.#head > 2 * this.#awaited.size + CUT)
      this.#cut(this.#queue.filter(each => this.#awaited.get(each.key) === each))
  }

  /** Records that the message has been redelivered. */
  arrived(key: string): void {
    if (this.#awaited.size === 0) return
    const awaited = this.#awaited.get(key)
    if (!awaited) return
    this.#awaited.delete(key)
    this.#timestamps.delete(awaited.timestamp)
  }

  /** The smallest timestamp of the awaited messages; +Infinity if there are none. */
  oldest(now: number): number {
    for (let first = this.#queue[this.#head]; first && first.until <= now; first = this.#queue[this.#head]) {
      this.#head++
      if (this.#awaited.get(first.key) === first) this.arrived(first.key)
    }
    if (this.#head > CUT) this.#cut(this.#queue.slice(this.#head))
    return this.#timestamps.min
  }

  #cut(queue: Awaited[]): void {
    this.#queue = queue
    this.#head = 0
  }
}
