import type {Clock, Timer} from '../../lib/core/index.ts'

export {until} from '../support/until.ts'

interface Entry {
  at: number
  fn: () => void
}

/** A clock that moves when told to, or by itself over the pauses that `skip` picks. */
export class ManualClock implements Clock {
  #time = 1_700_000_000_000
  readonly #timers = new Set<Entry>()
  /** The pauses that were skipped, ms. */
  readonly skipped: number[] = []
  /** Every timer that was set, ms. */
  readonly set: number[] = []
  /** Pauses (timers that keep the process alive) that pass at once; others wait for `advance`. */
  skip: (ms: number) => boolean = () => false

  now(): number {
    return this.#time
  }

  setTimeout(fn: () => void, ms: number, keepAlive = false): Timer {
    const entry = {at: this.#time + ms, fn}
    this.#timers.add(entry)
    this.set.push(ms)
    if (keepAlive && this.skip(ms)) {
      this.skipped.push(ms)
      setImmediate(() => this.#timers.has(entry) && this.advance(Math.max(0, entry.at - this.#time)))
    }
    return {cancel: () => this.#timers.delete(entry)}
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves the time on, running what becomes due in its order. */
  advance(ms: number): void {
    const end = this.#time + ms
    for (;;) {
      const due = [...this.#timers].filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#timers.delete(due)
      this.#time = Math.max(this.#time, due.at)
      due.fn()
    }
    this.#time = end
  }
}

/** Lets everything that is ready run. */
export async function settle(turns = 5): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve))
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  throw new Error('expected a rejection')
}

/** What a function throws. */
export function thrown(fn: () => unknown): Error & Record<string, unknown> {
  try {
    fn()
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  throw new Error('expected a throw')
}
