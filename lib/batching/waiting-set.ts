import type {Clock, Timer} from '../core/index.ts'

/** Something that becomes due at a time, ms. */
interface Due {
  readonly dueAt: number
}

/**
 * Things that become due in the order they were added, with one timer for all. What is due leaves the set and is given to
 * `onDue`; `onRest` is called when nothing more is due at that time.
 */
export class WaitingSet<T extends Due> {
  readonly #clock: () => Clock
  readonly #onDue: (one: T) => void
  readonly #onRest: () => void
  readonly #waiting = new Set<T>()
  #timer: Timer | undefined

  constructor(clock: () => Clock, onDue: (one: T) => void, onRest: () => void) {
    this.#clock = clock
    this.#onDue = onDue
    this.#onRest = onRest
  }

  has(one: T): boolean {
    return this.#waiting.has(one)
  }

  /** Adds a thing that is due no earlier than those added before. */
  add(one: T): void {
    this.#waiting.add(one)
    if (!this.#timer) this.#setTimer()
  }

  delete(one: T): void {
    if (this.#waiting.delete(one) && this.#waiting.size === 0) this.#setTimer()
  }

  clear(): void {
    this.#waiting.clear()
    this.#setTimer()
  }

  /** Makes everything due now. */
  hurry(): void {
    this.#release(Number.POSITIVE_INFINITY)
  }

  /** Sets the timer for the first thing. Things that leave early do not move it; it is set again when it fires. */
  #setTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const {dueAt} of this.#waiting) {
      const clock = this.#clock()
      this.#timer = clock.setTimeout(() => this.#release(clock.now()), Math.max(0, dueAt - clock.now()), true)
      return
    }
  }

  #release(until: number): void {
    for (const one of this.#waiting) {
      if (one.dueAt > until) break
      this.#waiting.delete(one)
      this.#onDue(one)
    }
    this.#setTimer()
    this.#onRest()
  }
}
