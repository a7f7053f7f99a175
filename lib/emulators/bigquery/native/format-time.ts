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

function plain(element: string, date: Date, again: (element: string) => string): string {
  const [year, month, day, weekday] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCDay()]
  const hour = date.getUTCHours()
  const hour12 = hour % 12 || 12
  const yearDay = Math.floor((date.getTime() - utc(year, 0, 1)) / DAY)
  const week = (firstDay: number) => two(Math.floor((yearDay + 7 - ((weekday - firstDay + 7) % 7)) / 7))
  switch (element) {
    case 'A':
      return WEEKDAYS[weekday] as string
    case 'a':
      return (WEEKDAYS[weekday] as string).slice(0, 3)
    case 'B':
      return MONTHS[month] as string
    case 'b':
    case 'h':
      return (MONTHS[month] as string).slice(0, 3)
    case 'C':
      return two(Math.floor(year / 100))
    case 'c':
      return `${again('a')} ${again('b')} ${again('e')} ${again('T')} ${year}`
    case 'D':
    case 'x':
      return `${two(month + 1)}/${two(day)}/${two(year % 100)}`
    case 'd':
      return two(day)
    case 'e':
      return String(day).padStart(2)
    case 'F':
      return `${year}-${two(month + 1)}-${two(day)}`
    case 'G':
      return String(isoYear(date))
    case 'g':
      return two(isoYear(date) % 100)
    case 'H':
      return two(hour)
    case 'I':
      return two(hour12)
    case 'j':
      return pad(yearDay + 1, 3)
    case 'k':
      return String(hour).padStart(2)
    case 'l':
      return String(hour12).padStart(2)
    case 'M':
      return two(date.getUTCMinutes())
    case 'm':
      return two(month + 1)
    case 'n':
      return '\n'
    case 'P':
      return hour < 12 ? 'am' : 'pm'
    case 'p':
      return hour < 12 ? 'AM' : 'PM'
    case 'Q':
      return String(Math.floor(month / 3) + 1)
    case 'R':
      return `${two(hour)}:${two(date.getUTCMinutes())}`
    case 'S':
      return two(date.getUTCSeconds())
    case 'T':
    case 'X':
      return `${again('R')}:${two(date.getUTCSeconds())}`
    case 't':
      return '\t'
    case 'U':
      return week(0)
    case 'u':
      return String(weekday || 7)
    case 'V':
      return two(isoWeek(date))
    case 'W':
      return week(1)
    case 'w':
      return String(weekday)
    case 'Y':
      return String(year)
    case 'y':
      return two(year % 100)
    case '%':
      return '%'
    default:
      throw new Error(`local emulator: the format element %${element} is not supported`)
  }
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
