import type {Clock} from '../../../core/index.ts'
import type {HeldMessage} from './held-message.ts'

/** Dataflow also recognises duplicates for about 10 minutes. */
const WINDOW = 10 * 60_000

/** An acknowledged message: the time of the ack, and its ordering key if it has one. */
interface Done {
  readonly key: string
  readonly at: number
  readonly orderingKey: string
}

/**
 * Tracks, by key, held messages and up to `limit` messages acknowledged in the last 10 minutes, so that a message delivered
 * twice is processed once. In memory only: other processes and the next run do not share it.
 */
export class DedupWindow {
  readonly #limit: number
  readonly #clock: () => Clock
  /** Number of acknowledged messages; held ones do not count against the limit. */
  #doneCount = 0
  /** Held and acknowledged messages by key. */
  readonly #known = new Map<string, HeldMessage | Done>()
  /**
   * Acknowledged messages from `#head` on, oldest first; some may have been forgotten. The Map's own order will not do: finding
   * its first entry takes time proportional to the number of entries deleted before it.
   */
  #done: Done[] = []
  #head = 0
  /** Message keys by ordering key. */
  readonly #ordered = new Map<string, Set<string>>()

  constructor(limit: number, clock: () => Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  /** The copy that is held, `'done'` if it was acknowledged, undefined for a new message. */
  find(key: string): HeldMessage | 'done' | undefined {
    const known = this.#known.get(key)
    if (known === undefined) return undefined
    if ('ackIds' in known) return known
    if (this.#clock().now() - known.at < WINDOW) return 'done'
    this.#delete(known)
    return undefined
  }

  hold(message: HeldMessage): void {
    if (this.#limit === 0) return
    const {key} = message
    const {orderingKey} = message.received.message
    this.#known.set(key, message)
    if (!orderingKey) return
    const its = this.#ordered.get(orderingKey)
    if (its) its.add(key)
    else this.#ordered.set(orderingKey, new Set([key]))
  }

  /** Records that the message is acknowledged: later copies need only be acknowledged too. */
  done(message: HeldMessage): void {
    const {key} = message
    // forgotten meanwhile, and possibly redelivered as a new message
    if (this.#known.get(key) !== message) return
    const done: Done = {key, at: this.#clock().now(), orderingKey: message.received.message.orderingKey}
    this.#known.set(key, done)
    this.#done.push(done)
    this.#doneCount++
    // entries of forgotten messages must not pile up here
    while (this.#doneCount > this.#limit || this.#done.length - this.#head > 2 * this.#limit)
      if (!this.#dropOldest()) break
  }

  /** False if only held messages are left. */
  #dropOldest(): boolean {
    const oldest = this.#done[this.#head]
    if (!oldest) return false
    if (this.#known.get(oldest.key) === oldest) this.#delete(oldest)
    if (++this.#head > 10_000) {
      this.#done = this.#done.slice(this.#head)
      this.#head = 0
    }
    return true
  }

  /**
   * Forgets a message that was given back: its next delivery counts as new. With an ordering key, the service also redelivers
   * all later messages of the key, and they must be processed again after this one.
   */
  forget(message: HeldMessage): void {
    const {key} = message
    const {orderingKey} = message.received.message
    if (this.#known.get(key) === message) this.#known.delete(key)
    if (!orderingKey) return
    for (const its of this.#ordered.get(orderingKey) ?? []) {
      const known = this.#known.get(its)
      if (known === undefined) continue
      this.#known.delete(its)
      if (!('ackIds' in known)) this.#doneCount--
    }
    this.#ordered.delete(orderingKey)
  }

  #delete({key, orderingKey}: Done): void {
    this.#known.delete(key)
    this.#doneCount--
    const its = this.#ordered.get(orderingKey)
    if (its?.delete(key) && its.size === 0) this.#ordered.delete(orderingKey)
  }
}
