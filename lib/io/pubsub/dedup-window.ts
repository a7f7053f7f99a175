import type {Clock} from '../../core/index.ts'
import type {HeldMessage} from './held-message.ts'

/** Dataflow's window for duplicates is about 10 minutes as well. */
const WINDOW = 10 * 60_000

/** An acknowledged message: when that was, and its ordering key if it has one. */
type Done = number | {readonly at: number; readonly orderingKey: string}

/**
 * The messages of the last 10 minutes, at most `limit` of them, by their keys: so that a message that is delivered twice is
 * processed once. In memory only: another process, or the next run, knows nothing of it.
 */
export class DedupWindow {
  readonly #limit: number
  readonly #clock: () => Clock
  /** What is held, and what was acknowledged; of the latter the oldest first. */
  readonly #known = new Map<string, HeldMessage | Done>()

  constructor(limit: number, clock: () => Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  /** The copy that is held, `'done'` for one that was acknowledged, undefined for a message that is new. */
  find(key: string): HeldMessage | 'done' | undefined {
    const known = this.#known.get(key)
    if (known === undefined) return undefined
    if (typeof known === 'object' && 'ackIds' in known) return known
    const at = typeof known === 'number' ? known : known.at
    if (this.#clock().now() - at < WINDOW) return 'done'
    this.#known.delete(key)
    return undefined
  }

  hold(message: HeldMessage): void {
    if (this.#limit > 0) this.#known.set(message.key, message)
  }

  /** It is acknowledged: copies that come from now on need only be acknowledged too. */
  done(message: HeldMessage): void {
    const {key} = message
    // forgotten meanwhile: perhaps it has come again, as a new one
    if (this.#known.get(key) !== message) return
    const at = this.#clock().now()
    const {orderingKey} = message.received.message
    this.#known.delete(key)
    this.#known.set(key, orderingKey ? {at, orderingKey} : at)
    if (this.#known.size > this.#limit) this.#dropOldest()
  }

  #dropOldest(): void {
    for (const [oldest, known] of this.#known) {
      if (typeof known === 'object' && 'ackIds' in known) continue
      this.#known.delete(oldest)
      return
    }
  }

  /** It was given back: the next delivery is a new one. */
  forget(message: HeldMessage): void {
    if (this.#known.get(message.key) === message) this.#known.delete(message.key)
    const {orderingKey} = message.received.message
    if (orderingKey) this.#forgetKey(orderingKey)
  }

  /** The service delivers all later messages of the key again, and they must come through again behind this one. */
  #forgetKey(orderingKey: string): void {
    for (const [key, known] of this.#known) {
      if (typeof known === 'number') continue
      const its = 'ackIds' in known ? known.received.message.orderingKey : known.orderingKey
      if (its === orderingKey) this.#known.delete(key)
    }
  }
}
