import {setImmediate} from 'node:timers/promises'
import {type Clock, stageOf, type Timer, useClock} from '../core/index.ts'
import {badOption} from '../errors/index.ts'
import {DURATION_FORMS, type Duration, parseDuration} from '../util/index.ts'

interface Pending {
  at: number
  fn: () => void
}

/** Turns of the event loop after each step: enough for a chain of stages and promises to settle. */
const ROUNDS = 10

/**
 * A clock that stands still until `advance()` moves it, to test batches by age, timeouts and retries without waiting.
 *
 * @example
 * const clock = new FakeClock()
 * const stage = clock.attach(batchElements({maxDelay: '1s'}))
 * await clock.advance('1s')
 */
export class FakeClock implements Clock {
  #now: number
  #timers: Pending[] = []

  /** @param start milliseconds since the epoch; default 2020-01-01T00:00:00Z */
  constructor(start: number | Date = Date.UTC(2020, 0, 1)) {
    this.#now = typeof start === 'number' || start instanceof Date ? Number(start) : Number.NaN
    if (!Number.isFinite(this.#now)) throw badOption('FakeClock', 'start', start, 'milliseconds or a Date')
  }

  now(): number {
    return this.#now
  }

  setTimeout(fn: () => void, ms: number): Timer {
    const timer = {at: this.#now + Math.max(0, ms), fn}
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter(t => t !== timer)
      },
    }
  }

  /** When the pending timers will fire, in milliseconds from now, soonest first. */
  get pending(): readonly number[] {
    return this.#timers.map(t => t.at - this.#now).sort((a, b) => a - b)
  }

  /** Makes stages use this clock; call it before they start. Returns the first one. */
  attach<S>(stage: S, ...more: unknown[]): S {
    for (const given of [stage, ...more]) {
      const info = stageOf(given)
      if (!info) throw badOption('FakeClock', 'stage', given, 'a stage: a source, a DoFn or a sink')
      useClock(info, this)
    }
    return stage
  }

  /**
   * Advances the clock and fires the timers that are due, each at its own time. After each timer it lets promises and stages settle; it
   * does not wait for the network.
   *
   * @param by a duration: `'5s'`, `'2m'`, or milliseconds
   */
  async advance(by: Duration): Promise<void> {
    const ms = parseDuration(by)
    if (ms === undefined) throw badOption('FakeClock', 'by', by, DURATION_FORMS)
    const until = this.#now + ms
    await rest()
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#timers = this.#timers.filter(t => t !== next)
      this.#now = next.at
      next.fn()
      await rest()
    }
    this.#now = until
  }

  #next(until: number): Pending | undefined {
    let first: Pending | undefined
    for (const timer of this.#timers) if (timer.at <= until && (!first || timer.at < first.at)) first = timer
    return first
  }
}

async function rest(): Promise<void> {
  for (let i = 0; i < ROUNDS; i++) await setImmediate()
}
