import {MAX_TIMESTAMP, MIN_TIMESTAMP} from '../../core/index.ts'
import {badOption} from '../../errors/index.ts'

export const DAY = 86_400_000

/** Civil time in a time zone, daylight saving included, as far as `Intl` knows it. */
export class TimeZone {
  /** `Europe/Berlin`. */
  readonly name: string
  readonly #format: Intl.DateTimeFormat

  constructor(where: string, given: unknown = 'UTC') {
    if (typeof given !== 'string') throw unknown(where, given)
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {timeZone: given, timeZoneName: 'longOffset'})
    } catch {
      throw unknown(where, given)
    }
    this.name = this.#format.resolvedOptions().timeZone
  }

  /** How far clocks there are ahead of UTC, ms. */
  #offset(timestamp: number): number {
    const text = this.#format.format(Math.min(Math.max(timestamp, MIN_TIMESTAMP), MAX_TIMESTAMP))
    // '1/1/1970, GMT+00:53:28', plain 'GMT' in some versions of ICU
    const [, sign, hours, minutes, seconds = '0'] = /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(text) ?? []
    if (sign === undefined) return 0
    return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  }

  /** The civil day of a timestamp, days since 1970-01-01. */
  dayOf(timestamp: number): number {
    return Math.floor((timestamp + this.#offset(timestamp)) / DAY)
  }

  /** The first millisecond of a civil day: where clocks skip midnight, that is 1:00 there. */
  startOfDay(day: number): number {
    const local = day * DAY
    const [before, after] = [this.#offset(local - DAY), this.#offset(local + DAY)]
    // where clocks are put back across midnight it comes twice: the first one counts
    const [first, second] = [Math.min(local - before, local - after), Math.max(local - before, local - after)]
    for (const timestamp of [first, second]) if (this.#offset(timestamp) === local - timestamp) return timestamp
    return this.#change(first, second, before)
  }

  /** The moment in `(from, to]` at which clocks stop being ahead of UTC by `offset`. */
  #change(from: number, to: number, offset: number): number {
    let [low, high] = [from, to]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.#offset(middle) === offset) low = middle
      else high = middle
    }
    return high
  }
}

function unknown(where: string, given: unknown): Error {
  return badOption(where, 'timeZone', given, "the name of a time zone, such as 'Europe/Berlin' or 'UTC'")
}
