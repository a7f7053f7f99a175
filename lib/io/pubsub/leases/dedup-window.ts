import type {Clock} from '../../../core/index.ts'
import type {HeldMessage} from './held-message.ts'

/** Dataflow's window for duplicates is about 10 minutes as well. */
const WINDOW = 10 * 60_000

/** An acknowledged message: when that was, and its ordering key if it has one. */
interface Done {
  readonly key: string
  readonly at: number
  readonly orderingKey: string
}

/**
 * The messages that are held, and those that were acknowledged in the last 10 minutes, at most `limit` of these, by their keys: a
 * message that is delivered twice is processed once. It is in memory only: another process, or the next run, does not know it.
 */
export class DedupWindow {
  readonly #limit: number
  readonly #clock: () => Clock
  /** Acknowledged messages that are known; those that are held do not count against the limit. */
  #doneCount = 0
  /** What is held, and what was acknowledged. */
  readonly #known = new Map<string, HeldMessage | Done>()
  /**
   * What was acknowledged, the oldest first, from `#head` on; some of it is no longer known. Not the order of the Map: to
   * find its first entry takes time in proportion to what was deleted before.
   */
  #done: Done[] = []
  #head = 0
  /** Keys of what is known, by ordering key. */
  readonly #ordered = new Map<string, Set<string>>()

  constructor(limit: number, clock: () => Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  /** The copy that is held, `'done'` for one that was acknowledged, undefined for a message that is new. */
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

  /** It is acknowledged: copies that come from now on need only be acknowledged too. */
  done(message: HeldMessage): void {
    const {key} = message
    // forgotten meanwhile: perhaps it has come again, as a new one
    if (this.#known.get(key) !== message) return
    const done: Done = {key, at: this.#clock().now(), orderingKey: message.received.message.orderingKey}
    this.#known.set(key, done)
    this.#done.push(done)
    this.#doneCount++
    // what was forgotten otherwise must not pile up here
    while (this.#doneCount > this.#limit || this.#done.length - this.#head > 2 * this.#limit)
      if (!this.#dropOldest()) break
  }

  /** False when nothing is left but what is held. */
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
   * It was given back: the next delivery is a new one. With an ordering key the service delivers all later messages of the
   * key again, and they must come through again behind this one.
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
