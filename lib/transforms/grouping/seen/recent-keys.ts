import {ownText} from '../../../util/index.ts'

/** Keys that are remembered until a moment of their own. */
export interface RecentKeys {
  /** Remembers the key until `expiry`; false if it is remembered already. Time is `now`. */
  add(key: string | number, expiry: number, now: number): boolean
  /** Drops what is over. */
  forget(now: number): void
  readonly size: number
}

const own = (key: string | number) => (typeof key === 'string' ? ownText(key) : key)

/** For moments that come in order, as those of a clock do: the oldest key is the first to be forgotten. */
export class KeysInOrder implements RecentKeys {
  readonly #expiries = new Map<string | number, number>()

  add(key: string | number, expiry: number, now: number): boolean {
    const known = this.#expiries.get(key)
    if (known !== undefined && known > now) return false
    // to the end of the order
    if (known !== undefined) this.#expiries.delete(key)
    this.#expiries.set(own(key), expiry)
    return true
  }

  forget(now: number): void {
    for (const [key, expiry] of this.#expiries) {
      if (expiry > now) return
      this.#expiries.delete(key)
    }
  }

  get size(): number {
    return this.#expiries.size
  }
}

/** Into how many slices the span is cut for which keys are remembered: whole slices are forgotten. */
const SLICES = 64

/** For moments in any order, as event times are. */
export class KeysInSlices implements RecentKeys {
  readonly #expiries = new Map<string | number, number>()
  readonly #slices = new Map<number, (string | number)[]>()
  readonly #width: number
  #next = Number.POSITIVE_INFINITY

  /** @param within how long keys are remembered, ms */
  constructor(within: number) {
    this.#width = Math.max(1, within / SLICES)
  }

  add(key: string | number, expiry: number, now: number): boolean {
    const known = this.#expiries.get(key)
    if (known !== undefined && known > now) return false
    // over already
    if (expiry <= now) return true
    const kept = own(key)
    this.#expiries.set(kept, expiry)
    const at = Math.ceil(expiry / this.#width)
    const slice = this.#slices.get(at)
    if (slice) slice.push(kept)
    else this.#slices.set(at, [kept])
    this.#next = Math.min(this.#next, at * this.#width)
    return true
  }

  forget(now: number): void {
    if (now < this.#next) return
    this.#next = Number.POSITIVE_INFINITY
    for (const [at, keys] of this.#slices) {
      const end = at * this.#width
      if (end > now) {
        this.#next = Math.min(this.#next, end)
        continue
      }
      this.#slices.delete(at)
      // a key may have been remembered anew since
      for (const key of keys) if (this.#expiries.get(key)! <= now) this.#expiries.delete(key)
    }
  }

  get size(): number {
    return this.#expiries.size
  }
}
