import {messageOf, show} from '../errors/index.ts'
import {int64, jsonField, jsonLine, jsonValue} from '../formats/index.ts'
import {isDay, isOffset, isTimeOfDay} from '../util/index.ts'
import {UsageError} from './exit.ts'

/** Makes a value of a field; what it throws makes the record one to set aside. */
export type FieldCast = (value: unknown) => unknown

/** Casts by field. */
export type FieldCasts = Readonly<Record<string, FieldCast>>

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d+))?)?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/i

const CASTS: Readonly<Record<string, FieldCast>> = {
  STRING: text,
  INT64: integer,
  INTEGER: integer,
  FLOAT64: float,
  FLOAT: float,
  NUMERIC: numeric,
  BIGNUMERIC: numeric,
  BOOL: bool,
  BOOLEAN: bool,
  TIMESTAMP: timestamp,
  DATE: date,
  JSON: json,
}

/** The casts of `--cast total:FLOAT64,at:TIMESTAMP`. */
export function checkCasts(given: readonly string[]): FieldCasts {
  const pairs = given
    .flatMap(list => list.split(','))
    .map(pair => {
      const colon = pair.lastIndexOf(':')
      const cast =
        CASTS[
          pair
            .slice(colon + 1)
            .trim()
            .toUpperCase()
        ]
      if (colon < 1 || !cast)
        throw new UsageError(`--cast has '${pair}'; give field:TYPE, with one of ${Object.keys(CASTS).join(', ')}`)
      return [pair.slice(0, colon).trim(), nullable(cast)] as const
    })
  return Object.fromEntries(pairs)
}

/** The record with its fields cast; fields that it has not are left alone. */
export function castFields(casts: FieldCasts, record: Record<string, unknown>): Record<string, unknown> {
  const row = {...record}
  for (const [field, cast] of Object.entries(casts)) {
    if (!Object.hasOwn(row, field)) continue
    try {
      row[field] = cast(row[field])
    } catch (error) {
      throw new Error(`field '${field}': ${(error as Error).message}`)
    }
  }
  return row
}

/** An empty field of CSV, and what is null already, is null, but for strings. */
function nullable(cast: FieldCast): FieldCast {
  return value => {
    if (value === null || value === undefined) return null
    if (cast === text) return text(value)
    if (typeof value === 'string' && value.trim() === '') return null
    try {
      return cast(value)
    } catch (error) {
      throw new Error(`${typeof value === 'string' ? JSON.stringify(value) : show(value)} ${messageOf(error)}`)
    }
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : jsonLine(value)
}

function integer(value: unknown): number | bigint {
  const found = int64(written(value))
  if (found === undefined) throw new Error('is no INT64')
  return found
}

function float(value: unknown): number {
  const literal = written(value)
  const number = DECIMAL.test(literal) ? Number(literal) : Number.NaN
  if (!Number.isFinite(number)) throw new Error('is no FLOAT64')
  return number
}

/** Stays text: a number has not enough digits. */
function numeric(value: unknown): string {
  const literal = written(value)
  if (!DECIMAL.test(literal)) throw new Error('is no NUMERIC')
  return literal
}

function bool(value: unknown): boolean {
  const word = written(value).toLowerCase()
  if (['true', 't', 'yes', '1'].includes(word)) return true
  if (['false', 'f', 'no', '0'].includes(word)) return false
  throw new Error('is no BOOL')
}

/** Without a zone it is UTC, as for BigQuery. */
function timestamp(value: unknown): Date {
  if (value instanceof Date) return value
  const match = TIME.exec(written(value))
  if (!match) throw new Error("is no TIMESTAMP; write it as '2024-01-31T12:00:00Z'")
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match
  if (/[1-9]/.test(fraction.slice(3))) throw new Error('is finer than a millisecond; cast it as STRING')
  const offset = /^(?:Z|UTC)$/i.test(zone)
    ? 'Z'
    : zone.replace(/^([+-]\d{2}):?(\d{2})?$/, (_, h, m = '00') => `${h}:${m}`)
  const at = new Date(`${day}T${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`)
  if (!isDay(day!) || !isTimeOfDay(`${minute}:${second}`) || !(offset === 'Z' || isOffset(offset)))
    throw new Error('is no TIMESTAMP: there is no such time')
  return at
}

function date(value: unknown): string {
  const day = written(value)
  if (!isDay(day)) throw new Error("is no DATE; write it as '2024-01-31'")
  return day
}

/** A scalar as text. An array of one element would become the text of that element. */
function written(value: unknown): string {
  return typeof value === 'object' || typeof value === 'symbol' ? '' : String(value).trim()
}

function json(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return jsonField(jsonValue(value))
  } catch (error) {
    throw new Error(`is no JSON: ${messageOf(error)}`)
  }
}
