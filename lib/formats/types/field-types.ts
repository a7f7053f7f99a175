import {messageOf, show} from '../../errors/index.ts'
import {isDay, isOffset, isTimeOfDay} from '../../util/index.ts'
import {jsonField} from '../json/json-field.ts'
import {jsonLine} from '../json/json-line.ts'
import {jsonValue} from '../json/json-value.ts'
import {givesBack, int64, isBigInteger} from '../numbers/exact-number.ts'

/** Converts a field to a value; throws an error that states what is wrong with the field. */
export type FieldConversion = (value: unknown) => unknown

/** The results of the conversions, by BigQuery's name of the type. */
interface Conversions {
  STRING: string
  BYTES: Buffer
  INT64: number | bigint
  FLOAT64: number
  NUMERIC: string
  BIGNUMERIC: string
  BOOL: boolean
  TIMESTAMP: Date
  DATE: string
  TIME: string
  DATETIME: string
  JSON: unknown
  GEOGRAPHY: string
  INTERVAL: string
}

type TypeName = keyof Conversions

/** Other names of types: BigQuery's own, and JavaScript's. */
const ALIASES = {
  INTEGER: 'INT64',
  INT: 'INT64',
  SMALLINT: 'INT64',
  TINYINT: 'INT64',
  BYTEINT: 'INT64',
  BIGINT: 'INT64',
  FLOAT: 'FLOAT64',
  NUMBER: 'FLOAT64',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  BOOLEAN: 'BOOL',
} as const satisfies Record<string, TypeName>

type UpperName = TypeName | keyof typeof ALIASES

/**
 * The names of types that fields are converted to: BigQuery's (`'INT64'`, `'FLOAT64'`, `'TIMESTAMP'`, …) and, as aliases,
 * JavaScript's `'string'`, `'number'` (FLOAT64), `'bigint'` (INT64) and `'boolean'`. Case does not matter.
 */
export type FieldTypeName = UpperName | Lowercase<UpperName>

/** The value that a field of that type becomes. */
export type FieldValue<Type extends string> =
  Uppercase<Type> extends infer Name
    ? Name extends TypeName
      ? Conversions[Name]
      : Name extends keyof typeof ALIASES
        ? Conversions[(typeof ALIASES)[Name]]
        : unknown
    : never

const CONVERSIONS: Readonly<Record<TypeName, FieldConversion>> = {
  STRING: string,
  BYTES: bytes,
  INT64: integer,
  FLOAT64: float,
  NUMERIC: numeric('NUMERIC'),
  BIGNUMERIC: numeric('BIGNUMERIC'),
  BOOL: bool,
  TIMESTAMP: timestamp,
  DATE: date,
  TIME: time,
  DATETIME: datetime,
  JSON: json,
  GEOGRAPHY: string,
  INTERVAL: string,
}

/** The names of types, as errors list them. */
export const FIELD_TYPE_NAMES: readonly string[] = [...Object.keys(CONVERSIONS), ...Object.keys(ALIASES)]

/**
 * The conversion to the type of that name, in any case; undefined if there is no such type. A field that is null, or blank
 * and not a STRING, becomes null.
 */
export function fieldConversion(name: string): FieldConversion | undefined {
  const upper = name.trim().toUpperCase()
  const type = Object.hasOwn(ALIASES, upper) ? ALIASES[upper as keyof typeof ALIASES] : upper
  if (!Object.hasOwn(CONVERSIONS, type)) return undefined
  const convert = CONVERSIONS[type as TypeName]
  if (type === 'STRING') return value => (value === null || value === undefined ? null : convert(value))
  return value => (value === null || value === undefined || isBlank(value) ? null : convert(value))
}

function isBlank(value: unknown): boolean {
  return typeof value === 'string' && (value === '' || value.trim() === '')
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : jsonLine(value)
}

function bytes(value: unknown): Buffer {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const text = String(value).trim()
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw wrong(value, 'BYTES in base64')
  return Buffer.from(text, 'base64')
}

function integer(value: unknown): number | bigint {
  const text = scalarText(value)
  const found = int64(text)
  if (found === undefined) throw wrong(value, /^[+-]?\d+$/.test(text) ? 'an INT64: it is out of range' : 'an INT64')
  return found === 0 ? 0 : found
}

/** The text of a scalar; without this check an array of one element would become the text of that element. */
function scalarText(value: unknown): string {
  return typeof value === 'object' || typeof value === 'symbol' ? '' : String(value).trim()
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

function float(value: unknown): number {
  const text = scalarText(value)
  // Number() alone would also accept '0x10' and 'Infinity'
  const number = DECIMAL.test(text) ? Number(text) : Number.NaN
  if (!Number.isFinite(number)) throw wrong(value, 'a FLOAT64')
  return number
}

/** Stays text: a double has too few digits. */
function numeric(name: string): FieldConversion {
  return value => {
    const text = scalarText(value)
    if (!DECIMAL.test(text)) throw wrong(value, `a ${name}`)
    return text
  }
}

function bool(value: unknown): boolean {
  switch (scalarText(value).toLowerCase()) {
    case 'true':
    case 't':
    case 'yes':
    case 'y':
    case '1':
      return true
    case 'false':
    case 'f':
    case 'no':
    case 'n':
    case '0':
      return false
  }
  throw wrong(value, 'a BOOL')
}

const DAY = String.raw`(\d{4}-\d{2}-\d{2})`
const CLOCK = String.raw`(\d{2}:\d{2})(?::(\d{2})(?:\.(\d+))?)?`
const TIMESTAMP = new RegExp(String.raw`^${DAY}(?:[T ]${CLOCK})?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$`, 'i')
const DATETIME = new RegExp(`^${DAY}(?:[T ]${CLOCK})?$`, 'i')
const TIME = new RegExp(`^${CLOCK}$`)

/** Without a zone the time is UTC, as in BigQuery. */
function timestamp(value: unknown): Date {
  if (value instanceof Date) return value
  const match = TIMESTAMP.exec(scalarText(value))
  if (!match) throw wrong(value, "a TIMESTAMP; write it as '2024-01-31T12:00:00Z'")
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match
  if (/[1-9]/.test(fraction.slice(3)))
    throw new Error(`${quoted(value)} is finer than a millisecond, which a Date cannot hold; cast it as STRING`)
  const offset = /^(?:Z|UTC)$/i.test(zone)
    ? 'Z'
    : zone.replace(/^([+-]\d{2}):?(\d{2})?$/, (_, h, m = '00') => `${h}:${m}`)
  const at = new Date(`${day}T${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`)
  if (!isDay(day!) || !isTimeOfDay(`${minute}:${second}`) || !(offset === 'Z' || isOffset(offset)))
    throw wrong(value, 'a TIMESTAMP: there is no such time')
  return at
}

function date(value: unknown): string {
  const text = scalarText(value)
  if (!isDay(text)) throw wrong(value, "a DATE; write it as '2024-01-31'")
  return text
}

function time(value: unknown): string {
  const text = scalarText(value)
  if (!isClock(TIME.exec(text))) throw wrong(value, "a TIME; write it as '12:30:00'")
  return text
}

function datetime(value: unknown): string {
  const text = scalarText(value)
  const match = DATETIME.exec(text)
  if (!match || !isDay(match[1]!) || (match[2] !== undefined && !isClock([match[0], ...match.slice(2)])))
    throw wrong(value, "a DATETIME; write it as '2024-01-31T12:00:00'")
  return text
}

function isClock(match: readonly (string | undefined)[] | null): boolean {
  if (!match) return false
  const [, minute = '', second = '00'] = match
  const [hours, minutes] = minute.split(':').map(Number)
  return hours! < 24 && minutes! < 60 && Number(second) < 60
}

function json(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return jsonField(jsonValue(value))
  } catch (error) {
    throw wrong(value, `JSON: ${messageOf(error)}`)
  }
}

function wrong(value: unknown, what: string): Error {
  return new Error(`${quoted(value)} is not ${what}`)
}

/** The most characters of a field that an error shows. */
const SHOWN = 100

function quoted(value: unknown): string {
  if (typeof value !== 'string') return show(value)
  return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN - 1)}…` : value)
}

const CANONICAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * A number if the text is a JSON number and the number has exactly the value written; otherwise the text. Identifiers that
 * only look like numbers keep their zeros and digits.
 */
export function automatic(text: string): unknown {
  const first = text.charCodeAt(0)
  if (first > 57 || (first < 48 && first !== 45) || !CANONICAL.test(text)) return text
  const value = Number(text)
  // -0 prints as 0 and would lose its sign
  if (Object.is(value, -0)) return text
  // a double holds fifteen digits without an exponent exactly
  if (text.length <= 15 && !/[eE]/.test(text)) return value
  return !isBigInteger(text) && givesBack(text) ? value : text
}
