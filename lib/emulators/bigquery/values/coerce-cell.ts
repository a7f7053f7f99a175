import type {DuckDBValue} from '@duckdb/node-api'
import type {TableField} from '../model/table-field.ts'
import {epochSeconds, parseDate, parseDatetime, parseTime, parseTimestamp} from './civil-time.ts'
import type {Duck} from './duckdb.ts'
import {parseDecimal, parseFloat64, parseInt64, serverNumber} from './numbers.ts'

/** Why a value cannot go into a column, in insertAll's words. */
export class CellError {
  readonly message: string
  /** Path of the field, such as `x`, `s.a`, `list[2].a`. */
  readonly location: string

  constructor(message: string, location: string) {
    this.message = message
    this.location = location
  }
}

/** Turns a JSON value (never null) into DuckDB's value for one scalar column. */
export type Coerce = (value: unknown) => DuckDBValue | CellError

/** The value as text if it is a string or a number; `undefined` for anything else. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? serverNumber(value) : undefined
}

/** Makes the coercion for a field that is neither RECORD nor REPEATED. */
export function scalarCoercer(duck: Duck, field: TableField): Coerce {
  const bad = (message: string) => new CellError(message, field.name)
  const convert = CONVERTERS[field.type as keyof typeof CONVERTERS](duck, field, bad)
  return value => {
    if (Array.isArray(value)) return bad(`Array specified for non-repeated field: ${field.name}.`)
    if (typeof value === 'object') return bad(`This field: ${field.name} is not a record.`)
    return convert(value)
  }
}

type Make = (duck: Duck, field: TableField, bad: (message: string) => CellError) => Coerce

const integer: Make = (_duck, _field, bad) => value => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  const parsed =
    typeof value === 'number' && Number.isInteger(value)
      ? parseInt64(String(BigInt(value)))
      : parseInt64((textOf(value) ?? '').replace(/^([+-]?\d+)\.0*$/, '$1'))
  return parsed ?? bad(`Cannot convert value to integer (bad value): ${textOf(value) ?? String(value)}`)
}

const float: Make = (_duck, _field, bad) => value => {
  if (typeof value === 'number') return value
  const parsed = typeof value === 'string' ? parseFloat64(value) : undefined
  return parsed ?? bad(`Cannot convert value to floating point (bad value): ${String(value)}`)
}

const boolean: Make = (_duck, _field, bad) => value => {
  if (typeof value === 'boolean') return value
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  if (text === 'true' || text === 'false') return text === 'true'
  return bad(`Cannot convert value to boolean (bad value): ${String(value)}`)
}

const string: Make = (_duck, field, bad) => {
  const max = field.maxLength === undefined ? Number.POSITIVE_INFINITY : Number(field.maxLength)
  return value => {
    const text = textOf(value)
    if (text === undefined) return bad('Conversion from bool to string is unsupported.')
    const length = text.length <= max ? 0 : [...text].length
    if (length <= max) return text
    return bad(`Field ${field.name}: STRING(${max}) has maximum length ${max} but got a value with length ${length}`)
  }
}

const bytes: Make = (duck, field, bad) => {
  const max = field.maxLength === undefined ? Number.POSITIVE_INFINITY : Number(field.maxLength)
  return value => {
    if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 === 1)
      return bad(`Could not decode base64 string to bytes. Field: ${field.name}; Value: ${clip(value)}`)
    const buffer = Buffer.from(value, 'base64')
    if (buffer.length <= max) return duck.blobValue(buffer)
    return bad(
      `Field ${field.name}: BYTES(${max}) has maximum length ${max} but got a value with length ${buffer.length}`,
    )
  }
}

const decimal =
  (storedScale: number, storedDigits: number): Make =>
  (duck, field, bad) => {
    const scale = field.precision === undefined ? storedScale : Math.min(Number(field.scale ?? 0), storedScale)
    const digits = field.precision === undefined ? storedDigits : Number(field.precision)
    const limit = 10n ** BigInt(Math.min(digits, storedDigits))
    const factor = 10n ** BigInt(storedScale - scale)
    return value => {
      const text = textOf(value)
      const parsed = text === undefined ? undefined : parseDecimal(text, scale)
      if (parsed !== undefined && parsed < limit && parsed > -limit)
        return duck.decimalValue(parsed * factor, 38, storedScale)
      if (field.type === 'BIGNUMERIC' && text !== undefined && field.precision === undefined && isBigNumeric(text))
        return bad(
          `local emulator: BIGNUMERIC is kept with 20 digits before the point and 18 after it; got ${clip(text)}`,
        )
      return bad(`Invalid ${field.type} value: ${text ?? String(value)}`)
    }
  }

const date: Make = (duck, _field, bad) => value => {
  const day = typeof value === 'string' ? parseDate(value) : undefined
  return day === undefined ? bad(`Invalid date: '${String(value)}'`) : new duck.DuckDBDateValue(day)
}

const time: Make = (duck, _field, bad) => value => {
  const parsed = typeof value === 'string' ? parseTime(value) : undefined
  return parsed === undefined ? bad(`Invalid time string "${String(value)}"`) : new duck.DuckDBTimeValue(parsed)
}

const datetime: Make = (duck, _field, bad) => value => {
  const parsed = typeof value === 'string' ? parseDatetime(value) : undefined
  return parsed === undefined
    ? bad(`Invalid datetime string "${String(value)}"`)
    : new duck.DuckDBTimestampValue(parsed)
}

const timestamp: Make = (duck, _field, bad) => value => {
  const parsed =
    typeof value === 'number'
      ? epochSeconds(value)
      : typeof value === 'string'
        ? parseTimestamp(value.trim())
        : undefined
  if (typeof parsed === 'bigint') return new duck.DuckDBTimestampTZValue(parsed)
  if (parsed !== undefined) return bad(`Unrecognized timezone: ${parsed.unknownZone}`)
  return bad(
    `Could not parse '${String(value)}' as a timestamp. Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]]`,
  )
}

const json: Make = (_duck, field, bad) => value => {
  if (typeof value !== 'string') return String(value)
  try {
    JSON.parse(value)
    return value
  } catch {
    return bad(`Invalid JSON in field ${field.name}: ${clip(value)}; a JSON column takes JSON text in a string`)
  }
}

const GEOMETRY =
  /^\s*(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION|FULLGLOBE)\b/i

const geography: Make = (_duck, field, bad) => value => {
  if (typeof value === 'string' && (GEOMETRY.test(value) || /^\s*\{/.test(value))) return value
  return bad(`Invalid geography value for field ${field.name}: ${clip(value)}`)
}

const INTERVAL = /^(-?)(\d+)-(\d+) (-?\d+) (-?)(\d+):(\d+):(\d+)(?:\.(\d{1,6}))?$/

const interval: Make = (duck, _field, bad) => value => {
  const match = typeof value === 'string' ? INTERVAL.exec(value) : null
  if (!match) return bad(`Invalid INTERVAL value: ${String(value)}`)
  const months = Number(match[2]) * 12 + Number(match[3])
  const seconds = Number(match[6]) * 3600 + Number(match[7]) * 60 + Number(match[8])
  const micros = BigInt(seconds) * 1_000_000n + BigInt((match[9] ?? '').padEnd(6, '0'))
  return new duck.DuckDBIntervalValue(match[1] ? -months : months, Number(match[4]), match[5] ? -micros : micros)
}

const CONVERTERS = {
  STRING: string,
  BYTES: bytes,
  INTEGER: integer,
  FLOAT: float,
  NUMERIC: decimal(9, 38),
  BIGNUMERIC: decimal(18, 38),
  BOOLEAN: boolean,
  TIMESTAMP: timestamp,
  DATE: date,
  TIME: time,
  DATETIME: datetime,
  GEOGRAPHY: geography,
  JSON: json,
  INTERVAL: interval,
}

function isBigNumeric(text: string): boolean {
  const parsed = parseDecimal(text, 38)
  return parsed !== undefined && (parsed < 0n ? -parsed : parsed) < 10n ** 76n
}

function clip(value: unknown): string {
  const text = String(value)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
