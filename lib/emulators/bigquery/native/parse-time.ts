import {MONTHS, utc, WEEKDAYS} from './format-time.ts'
import {offsetMicros} from './time-zones.ts'

interface Found {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  micros: number
  yearDay?: number
  hour12?: number
  afternoon?: boolean
  zone?: string
  epoch?: bigint
}

const ELEMENT = /%(E\*S|E\dS|E4Y|Ez|[a-zA-Z%])|\s+|[\s\S]/g
const SPANS: Record<string, string[]> = {
  F: ['%Y', '-', '%m', '-', '%d'],
  T: ['%H', ':', '%M', ':', '%S'],
  R: ['%H', ':', '%M'],
  D: ['%m', '/', '%d', '/', '%y'],
  x: ['%m', '/', '%d', '/', '%y'],
  X: ['%H', ':', '%M', ':', '%S'],
}
const DATE_ELEMENTS = /^(Y|E4Y|y|m|b|B|h|d|e|j|a|A|F|D|x)$/

/** Reads text by the elements of PARSE_DATE and its like; gives microseconds since 1970, of civil time or of the instant. */
export function parseByFormat(format: string, text: string, kind: string, zone: string): bigint {
  const found: Found = {year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, micros: 0}
  const reader = new Reader(text)
  // white space before and after is allowed, whatever the format
  reader.space()
  for (const [piece] of format.matchAll(ELEMENT)) take(piece, reader, found, kind)
  reader.space()
  if (!reader.atEnd) throw reader.error()
  if (found.epoch !== undefined) return found.epoch * 1_000_000n
  if (found.hour12 !== undefined) found.hour = (found.hour12 % 12) + (found.afternoon ? 12 : 0)
  if (found.yearDay !== undefined) {
    const date = new Date(utc(found.year, 0, found.yearDay))
    if (date.getUTCFullYear() !== found.year) throw reader.error()
    ;[found.month, found.day] = [date.getUTCMonth() + 1, date.getUTCDate()]
  }
  const day = new Date(utc(found.year, found.month - 1, found.day))
  if (day.getUTCDate() !== found.day || found.year < 1) throw reader.error()
  const seconds = day.getTime() / 1000 + found.hour * 3600 + found.minute * 60 + found.second
  const local = BigInt(seconds) * 1_000_000n + BigInt(found.micros)
  return kind === 'TIMESTAMP' ? local - offsetMicros(found.zone ?? zone, local, true) : local
}

function take(piece: string, reader: Reader, found: Found, kind: string): void {
  if (/^\s/.test(piece)) return reader.space()
  if (!piece.startsWith('%') || piece === '%') return reader.literal(piece)
  const element = piece.slice(1)
  const spans = SPANS[element]
  if (spans) {
    for (const part of spans) take(part, reader, found, kind)
    return
  }
  const ofDate = DATE_ELEMENTS.test(element)
  const ofZone = /^(z|Z|Ez|s)$/.test(element)
  if (
    (ofDate && kind === 'TIME') ||
    (!ofDate && kind === 'DATE' && !/^[%nt]$/.test(element)) ||
    (ofZone && kind !== 'TIMESTAMP')
  )
    throw new Error(`Format element %${element} is not supported for ${kind}`)
  const read = ELEMENTS[element]
  if (read) read(reader, found)
  else seconds(element, reader, found, kind)
}

/** `%S`, and `%E*S` and `%E3S` with a fraction. */
function seconds(element: string, reader: Reader, found: Found, kind: string): void {
  if (element !== 'S' && !/^E.S$/.test(element))
    throw new Error(`local emulator: the format element %${element} is not supported in PARSE_${kind}`)
  found.second = reader.within(0, 59)
  if (element !== 'S' && element !== 'E0S') found.micros = reader.fraction(element === 'E*S' ? 9 : Number(element[1]))
}

type Read = (reader: Reader, found: Found) => void

const readDay: Read = (reader, found) => {
  reader.space()
  found.day = reader.within(1, 31)
}
const readMonthName: Read = (reader, found) => {
  found.month = reader.word(MONTHS) + 1
}
const readWeekday: Read = reader => void reader.word(WEEKDAYS)
const readHour: Read = (reader, found) => {
  reader.space()
  found.hour = reader.within(0, 23)
}
const readHour12: Read = (reader, found) => {
  reader.space()
  found.hour12 = reader.within(1, 12)
}
const readHalf: Read = (reader, found) => {
  found.afternoon = reader.word(['AM', 'PM'], 2) === 1
}
const readOffset: Read = (reader, found) => {
  found.zone = reader.match(/[+-]\d{1,2}(?::?\d{2})?|Z/y).replace('Z', 'UTC')
}
const readSpace: Read = reader => reader.space()

const ELEMENTS: Readonly<Record<string, Read>> = {
  Y: (reader, found) => {
    found.year = reader.number(1, 4)
  },
  E4Y: (reader, found) => {
    found.year = reader.number(4, 4)
  },
  y: (reader, found) => {
    const year = reader.number(1, 2)
    found.year = year + (year < 69 ? 2000 : 1900)
  },
  m: (reader, found) => {
    found.month = reader.within(1, 12)
  },
  d: readDay,
  e: readDay,
  j: (reader, found) => {
    found.yearDay = reader.number(1, 3)
  },
  B: readMonthName,
  b: readMonthName,
  h: readMonthName,
  A: readWeekday,
  a: readWeekday,
  H: readHour,
  k: readHour,
  I: readHour12,
  l: readHour12,
  M: (reader, found) => {
    found.minute = reader.within(0, 59)
  },
  p: readHalf,
  P: readHalf,
  z: readOffset,
  Ez: readOffset,
  Z: (reader, found) => {
    found.zone = reader.match(/UTC(?:[+-]\d{1,2}(?::\d{2})?)?|[A-Za-z]+\/[\w+-]+(?:\/[\w+-]+)*/y)
  },
  s: (reader, found) => {
    found.epoch = BigInt(reader.match(/-?\d+/y))
  },
  n: readSpace,
  t: readSpace,
  '%': reader => reader.literal('%'),
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length
  }

  error(): Error {
    return new Error(`Failed to parse input string ${JSON.stringify(this.#text)}`)
  }

  match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) throw this.error()
    this.#at += found.length
    return found
  }

  space(): void {
    this.match(/\s*/y)
  }

  literal(text: string): void {
    if (!this.#text.startsWith(text, this.#at)) throw this.error()
    this.#at += text.length
  }

  number(min: number, max: number): number {
    return Number(this.match(new RegExp(`\\d{${min},${max}}`, 'y')))
  }

  within(low: number, high: number): number {
    const value = this.number(1, 2)
    if (value < low || value > high) throw this.error()
    return value
  }

  /** Reads one of the words, whole or its first three letters, in any case; gives its position. */
  word(words: readonly string[], short = 3): number {
    const rest = this.#text.slice(this.#at).toLowerCase()
    const whole = words.findIndex(word => rest.startsWith(word.toLowerCase()))
    const at = whole >= 0 ? whole : words.findIndex(word => rest.startsWith(word.slice(0, short).toLowerCase()))
    if (at < 0) throw this.error()
    this.#at += whole >= 0 ? (words[at] as string).length : short
    return at
  }

  /** Digits after a point, if there is one, as microseconds. */
  fraction(digits: number): number {
    if (this.#text[this.#at] !== '.') return 0
    const text = this.match(new RegExp(`\\.\\d{0,${digits}}`, 'y')).slice(1)
    return Number(text.slice(0, 6).padEnd(6, '0'))
  }
}
