import {offsetMicros, offsetText} from './time-zones.ts'

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const DAY = 86_400_000
const ELEMENT = /%(E\*S|E\dS|E\*f|E4Y|Ez|[a-zA-Z%])/g
const OF_TIME = new Set(['H', 'I', 'k', 'l', 'M', 'p', 'P', 'R', 'r', 'S', 'T', 'X', 'c', 's'])

type Part = 'DATE' | 'TIME' | 'DATETIME' | 'TIMESTAMP'

/** Formats microseconds (of civil time, or of an instant) by the elements of FORMAT_DATE and its like. */
export function formatTime(format: string, micros: bigint, kind: Part, zone: string): string {
  const offset = kind === 'TIMESTAMP' ? offsetMicros(zone, micros) : 0n
  const local = micros + offset
  const fraction = String(((local % 1_000_000n) + 1_000_000n) % 1_000_000n).padStart(6, '0')
  const date = new Date(Number((local - BigInt(fraction)) / 1000n))
  const one = (element: string): string => {
    const clock = OF_TIME.has(element) || /^E.*[Sf]$/.test(element)
    const zoned = ['z', 'Z', 'Ez', 's'].includes(element)
    if (
      (clock && kind === 'DATE') ||
      (zoned && kind !== 'TIMESTAMP') ||
      (!clock && kind === 'TIME' && !/^[%nt]$/.test(element))
    )
      throw new Error(`Format element %${element} is not supported for ${kind}`)
    const seconds = two(date.getUTCSeconds())
    if (element === 'E4Y') return pad(date.getUTCFullYear(), 4)
    if (element === 'E*S') return seconds + (fraction === '000000' ? '' : `.${fraction.replace(/0+$/, '')}`)
    if (/^E\dS$/.test(element)) {
      const digits = Number(element[1])
      return digits === 0 ? seconds : `${seconds}.${fraction.padEnd(9, '0').slice(0, digits)}`
    }
    if (element === 'Ez') return offsetText(offset, ':')
    if (element === 'z') return offsetText(offset)
    if (element === 'Z')
      return zone === 'UTC'
        ? 'UTC'
        : `UTC${offsetText(offset, ':')
            .replace(/:00$/, '')
            .replace(/([+-])0/, '$1')}`
    if (element === 's') return String((micros - BigInt(fraction)) / 1_000_000n)
    return plain(element, date, one)
  }
  return format.replace(ELEMENT, (_, element) => one(element))
}

function plain(element: string, date: Date, again: Again): string {
  const format = PLAIN[element]
  if (!format) throw new Error(`local emulator: the format element %${element} is not supported`)
  return format(date, again)
}

/** Formats another element, for those that are made of several. */
type Again = (element: string) => string

/** The elements that depend on the civil time alone. */
const PLAIN: Readonly<Record<string, (date: Date, again: Again) => string>> = {
  A: weekdayName,
  a: date => weekdayName(date).slice(0, 3),
  B: monthName,
  b: date => monthName(date).slice(0, 3),
  C: date => two(Math.floor(date.getUTCFullYear() / 100)),
  c: (date, again) => `${again('a')} ${again('b')} ${again('e')} ${again('T')} ${date.getUTCFullYear()}`,
  D: shortDate,
  d: date => two(date.getUTCDate()),
  e: date => String(date.getUTCDate()).padStart(2),
  F: date => `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`,
  G: date => String(isoYear(date)),
  g: date => two(isoYear(date) % 100),
  H: date => two(date.getUTCHours()),
  h: date => monthName(date).slice(0, 3),
  I: date => two(hour12(date)),
  j: date => pad(yearDay(date) + 1, 3),
  k: date => String(date.getUTCHours()).padStart(2),
  l: date => String(hour12(date)).padStart(2),
  M: date => two(date.getUTCMinutes()),
  m: date => two(date.getUTCMonth() + 1),
  n: () => '\n',
  P: date => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  p: date => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  Q: date => String(Math.floor(date.getUTCMonth() / 3) + 1),
  R: hourAndMinute,
  S: date => two(date.getUTCSeconds()),
  T: timeOfDay,
  t: () => '\t',
  U: date => week(date, 0),
  u: date => String(date.getUTCDay() || 7),
  V: date => two(isoWeek(date)),
  W: date => week(date, 1),
  w: date => String(date.getUTCDay()),
  X: timeOfDay,
  x: shortDate,
  Y: date => String(date.getUTCFullYear()),
  y: date => two(date.getUTCFullYear() % 100),
  '%': () => '%',
}

function weekdayName(date: Date): string {
  return WEEKDAYS[date.getUTCDay()] as string
}

function monthName(date: Date): string {
  return MONTHS[date.getUTCMonth()] as string
}

function shortDate(date: Date): string {
  return `${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())}/${two(date.getUTCFullYear() % 100)}`
}

function hourAndMinute(date: Date): string {
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
}

function timeOfDay(date: Date): string {
  return `${hourAndMinute(date)}:${two(date.getUTCSeconds())}`
}

function hour12(date: Date): number {
  return date.getUTCHours() % 12 || 12
}

/** The day of the year, from 0. */
function yearDay(date: Date): number {
  return Math.floor((date.getTime() - utc(date.getUTCFullYear(), 0, 1)) / DAY)
}

/** The week of the year, where weeks start at `firstDay` and days before the first such day are in week 0. */
function week(date: Date, firstDay: number): string {
  return two(Math.floor((yearDay(date) + 7 - ((date.getUTCDay() - firstDay + 7) % 7)) / 7))
}

/** The Thursday of a date's week is in the year that the week belongs to. */
function thursday(date: Date): Date {
  const start = utc(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
  return new Date(start + (3 - ((date.getUTCDay() + 6) % 7)) * DAY)
}

function isoYear(date: Date): number {
  return thursday(date).getUTCFullYear()
}

function isoWeek(date: Date): number {
  const day = thursday(date)
  return Math.floor((day.getTime() - utc(day.getUTCFullYear(), 0, 1)) / DAY / 7) + 1
}

/** Milliseconds of a date; Date.UTC takes years below 100 for those of the last century. */
export function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day)
}

function two(value: number): string {
  return pad(value, 2)
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
