import type {BoundedWindow} from '../../core/index.ts'
import {badOption, checkOptionNames, enumOption, integerOption} from '../../errors/index.ts'
import {DAY, TimeZone} from './time-zone.ts'
import {RecentWindows, windowAround} from './window-cache.ts'
import {WindowFn} from './window-fn.ts'

/** Options of {@link calendarDays}, {@link calendarMonths} and {@link calendarYears}. */
export interface CalendarOptions {
  /** Where days begin: a name such as `'Europe/Berlin'`. Default `'UTC'`. */
  timeZone?: string | undefined
  /** A day on which a window begins, `'2024-04-06'`: others are counted from there. Default `'1970-01-01'`. */
  from?: string | undefined
}

/** Options of {@link calendarWeeks}. */
export interface CalendarWeeksOptions extends CalendarOptions {
  /** The first day of a week; default `'monday'`. With `from`, the week of that day is one that begins a window. */
  weekStart?: Weekday | undefined
}

/** A day of the week. */
export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'

/** By their number; 1970-01-01, day 0, was a Thursday. */
const WEEKDAYS: readonly Weekday[] = ['thursday', 'friday', 'saturday', 'sunday', 'monday', 'tuesday', 'wednesday']

/** How days are grouped; day numbers are days since 1970-01-01. */
interface Periods {
  /** The number of the period that a day is in. */
  indexOf(day: number): number
  /** The first day of a period. */
  firstDay(index: number): number
}

class CalendarWindows extends WindowFn {
  readonly key: string
  readonly #zone: TimeZone
  readonly #periods: Periods
  readonly #recent = new RecentWindows()
  #last: BoundedWindow | undefined

  constructor(key: string, zone: TimeZone, periods: Periods) {
    super()
    this.key = key
    this.#zone = zone
    this.#periods = periods
  }

  override assign(timestamp: number): BoundedWindow {
    const last = this.#last
    if (last !== undefined && timestamp >= last.start && timestamp < last.end) return last
    return (this.#last = this.#recent.find(timestamp) ?? this.#recent.add(this.#make(timestamp)))
  }

  #make(timestamp: number): BoundedWindow {
    let index = this.#periods.indexOf(this.#zone.dayOf(timestamp))
    let [start, end] = [this.#border(index), this.#border(index + 1)]
    // clocks that are put back just after midnight show the previous day again
    for (; timestamp < start; start = this.#border(--index)) end = start
    for (; timestamp >= end; end = this.#border(++index + 1)) start = end
    return windowAround(timestamp, start, end)
  }

  #border(index: number): number {
    return this.#zone.startOfDay(this.#periods.firstDay(index))
  }
}

/**
 * Windows of one or several days of the calendar, from midnight to midnight in a time zone: 23 or 25 hours long where clocks change.
 *
 * @param n days in a window; default 1
 * @param options `timeZone` ('UTC'), `from` ('1970-01-01')
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const days = calendarDays(1, {timeZone: 'Europe/Berlin'})
 */
export function calendarDays(n = 1, options: CalendarOptions = {}): WindowFn {
  const {count, zone, from} = parse('calendarDays', n, options, ['timeZone', 'from'])
  return new CalendarWindows(`days(${count}, ${zone.name}, ${from % count})`, zone, days(count, from))
}

/**
 * Windows of one or several weeks of the calendar in a time zone.
 *
 * @param n weeks in a window; default 1
 * @param options `timeZone` ('UTC'), `weekStart` ('monday'), `from` ('1970-01-01')
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const weeks = calendarWeeks(1, {weekStart: 'sunday', timeZone: 'America/New_York'})
 */
export function calendarWeeks(n = 1, options: CalendarWeeksOptions = {}): WindowFn {
  const {count, zone, from} = parse('calendarWeeks', n, options, ['timeZone', 'from', 'weekStart'])
  const weekStart = enumOption('calendarWeeks', 'weekStart', options.weekStart, 'monday', WEEKDAYS)
  const back = modulo(from - WEEKDAYS.indexOf(weekStart), 7)
  const first = from - back
  const key = `weeks(${count}, ${zone.name}, ${weekStart}, ${modulo(first, 7 * count)})`
  return new CalendarWindows(key, zone, days(7 * count, first))
}

/**
 * Windows of one or several months of the calendar in a time zone.
 *
 * @param n months in a window; default 1
 * @param options `timeZone` ('UTC'); `from` ('1970-01-01') also says on which day of a month windows begin, at most the 28th
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const quarters = calendarMonths(3)
 */
export function calendarMonths(n = 1, options: CalendarOptions = {}): WindowFn {
  return ofMonths('calendarMonths', n, options, 1)
}

/**
 * Windows of one or several years of the calendar in a time zone.
 *
 * @param n years in a window; default 1
 * @param options `timeZone` ('UTC'); `from` ('1970-01-01') also says on which day of the year windows begin: `'2024-04-06'`
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const fiscalYears = calendarYears(1, {from: '2024-04-06', timeZone: 'Europe/London'})
 */
export function calendarYears(n = 1, options: CalendarOptions = {}): WindowFn {
  return ofMonths('calendarYears', n, options, 12)
}

function ofMonths(where: string, n: number, options: CalendarOptions, months: number): WindowFn {
  const {count, zone, from} = parse(where, n, options, ['timeZone', 'from'])
  const date = new Date(from * DAY)
  const day = date.getUTCDate()
  if (day > 28) throw badOption(where, 'from', options.from, 'a day that every month has, the 1st to the 28th')
  const each = count * months
  const first = monthOf(date)
  const key = `months(${each}, ${zone.name}, ${modulo(first, each)}, ${day})`
  return new CalendarWindows(key, zone, {
    indexOf(number) {
      const at = new Date(number * DAY)
      return Math.floor((monthOf(at) - (at.getUTCDate() < day ? 1 : 0) - first) / each)
    },
    firstDay(index) {
      const month = first + index * each
      return new Date(0).setUTCFullYear(Math.floor(month / 12), modulo(month, 12), day) / DAY
    },
  })
}

function days(count: number, first: number): Periods {
  return {
    indexOf: day => Math.floor((day - first) / count),
    firstDay: index => first + index * count,
  }
}

/** Months since year 0. */
function monthOf(date: Date): number {
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

function modulo(dividend: number, divisor: number): number {
  return ((dividend % divisor) + divisor) % divisor
}

function parse(where: string, n: number, options: CalendarOptions, known: readonly string[]) {
  const count = integerOption(where, 'n', n, 1, 1, 10_000)
  checkOptionNames(where, options, known)
  const zone = new TimeZone(where, options.timeZone)
  const {from = '1970-01-01'} = options
  const day = typeof from === 'string' && /^\d{4}-\d\d-\d\d$/.test(from) ? Date.parse(from) / DAY : Number.NaN
  // Date.parse() takes February 30 for March 1
  if (Number.isNaN(day) || new Date(day * DAY).toISOString().slice(0, 10) !== from)
    throw badOption(where, 'from', from, "a date such as '2024-04-06'")
  return {count, zone, from: day}
}
