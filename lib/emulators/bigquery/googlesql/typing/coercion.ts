import {
  dateText,
  datetimeText,
  parseDate,
  parseDatetime,
  parseTime,
  parseTimestamp,
  timeText,
} from '../../values/civil-time.ts'
import {decimalText, parseDecimal} from '../../values/numbers.ts'
import {duckSql, fieldName, quoteId, quoteText, type SqlType, sameType} from '../syntax/types.ts'
import {nullOf, type Typed} from './typed.ts'

/** How many digits each keeps after the point; BIGNUMERIC has 38 in production, which DuckDB cannot hold. */
const SCALE = {NUMERIC: 9, BIGNUMERIC: 18} as const

const WIDER: Record<string, readonly string[]> = {
  INT64: ['NUMERIC', 'BIGNUMERIC', 'FLOAT64'],
  NUMERIC: ['BIGNUMERIC', 'FLOAT64'],
  BIGNUMERIC: ['FLOAT64'],
  DATE: ['DATETIME'],
}

/** The expression as a value of another type, where GoogleSQL does so without a CAST; `undefined` where it does not. */
export function coerce(from: Typed, to: SqlType): Typed | undefined {
  // ERROR() has no type either, and says its error whatever type it gets.
  if (from.type.kind === 'NULL')
    return {sql: from.sql === 'NULL' ? nullOf(to) : `CAST(${from.sql} AS ${duckSql(to)})`, type: to}
  if (from.type.kind === 'STRUCT' && to.kind === 'STRUCT') return coerceStruct(from, to)
  if (sameType(from.type, to)) return {...from, type: to}
  if (from.type.kind === 'ARRAY' && to.kind === 'ARRAY') return coerceArray(from, to)
  if (WIDER[from.type.kind]?.includes(to.kind)) return {sql: widen(from.sql, from.type.kind, to), type: to}
  if (!from.literal) return undefined
  if (from.type.kind === 'STRING') return ofText(from, to)
  if (from.type.kind === 'FLOAT64' && from.text !== undefined && (to.kind === 'NUMERIC' || to.kind === 'BIGNUMERIC')) {
    const sql = decimalLiteral(from.text, to.kind)
    return sql === undefined ? undefined : {sql, type: to}
  }
  return undefined
}

/** How far an argument is from a parameter's type: 0 for the same, `undefined` for out of reach. */
export function distance(from: Typed, to: SqlType): number | undefined {
  if (sameType(from.type, to)) return 0
  if (from.type.kind === 'NULL') return 0
  if (!coerce(from, to)) return undefined
  return from.literal ? 1 : 2 + (WIDER[from.type.kind]?.indexOf(to.kind) ?? 0)
}

/** The type that all of them become, or `undefined`. */
export function superType(all: readonly Typed[]): SqlType | undefined {
  const firm = all.filter(typed => !typed.literal && typed.type.kind !== 'NULL')
  const loose = all.filter(typed => typed.literal && typed.type.kind !== 'NULL')
  if (firm.length + loose.length === 0) return {kind: 'NULL'}
  const candidates: SqlType[] = [...firm, ...loose].map(typed => typed.type)
  return candidates.find(type => all.every(typed => distance(typed, type) !== undefined))
}

/** NUMERIC or BIGNUMERIC of these digits; `undefined` when they do not fit. */
export function decimalLiteral(text: string, kind: 'NUMERIC' | 'BIGNUMERIC'): string | undefined {
  const scale = SCALE[kind]
  const value = parseDecimal(text, scale)
  if (value === undefined || value >= 10n ** 38n || value <= -(10n ** 38n)) return undefined
  return `CAST('${decimalText(value, scale)}' AS ${duckSql({kind})})`
}

/** A literal of a civil type or TIMESTAMP by its text; `undefined` for other text. */
export function timeLiteral(text: string, kind: string): string | undefined {
  if (kind === 'DATE') {
    const day = parseDate(text)
    return day === undefined ? undefined : `DATE '${dateText(day)}'`
  }
  if (kind === 'TIME') {
    const micros = parseTime(text)
    return micros === undefined ? undefined : `TIME '${timeText(micros)}'`
  }
  if (kind === 'DATETIME') {
    const micros = parseDatetime(text)
    return micros === undefined ? undefined : `TIMESTAMP '${datetimeText(micros)}'`
  }
  const micros = /^[+-]?[\d.eE+-]+$/.test(text) && !/^\d{4}-\d/.test(text) ? undefined : parseTimestamp(text)
  return typeof micros === 'bigint' ? `make_timestamptz(${micros})` : undefined
}

function ofText(from: Typed, to: SqlType): Typed | undefined {
  if (!['DATE', 'TIME', 'DATETIME', 'TIMESTAMP'].includes(to.kind)) return undefined
  if (from.text === undefined) return {sql: textToTime(from.sql, to), type: to}
  const sql = timeLiteral(from.text, to.kind)
  return sql === undefined ? undefined : {sql, type: to}
}

/** A value of a civil type or TIMESTAMP out of text that is known only when the query runs. */
export function textToTime(sql: string, to: SqlType, zone = "'UTC'"): string {
  if (to.kind === 'DATE') return `bq_to_date(${sql})`
  if (to.kind === 'TIME') return `bq_to_time(${sql})`
  if (to.kind === 'DATETIME') return `make_timestamp(bq_to_datetime(${sql}))`
  return `make_timestamptz(bq_to_timestamp(${sql}, ${zone}))`
}

/** DuckDB converts DECIMAL to DOUBLE by a division, which loses digits; going through text keeps them. */
function widen(sql: string, from: string, to: SqlType): string {
  if (to.kind === 'FLOAT64' && from !== 'INT64') return `CAST(CAST(${sql} AS VARCHAR) AS DOUBLE)`
  return `CAST(${sql} AS ${duckSql(to)})`
}

function coerceArray(from: Typed, to: Extract<SqlType, {kind: 'ARRAY'}>): Typed | undefined {
  if (!from.parts) return undefined
  const items = from.parts.map(part => coerce(part, to.element))
  if (items.some(item => !item)) return undefined
  return {sql: arraySql(items as Typed[], to.element), type: to, literal: 'LITERAL', parts: items as Typed[]}
}

export function arraySql(items: readonly Typed[], element: SqlType): string {
  return items.length === 0 ? `CAST([] AS ${duckSql(element)}[])` : `[${items.map(item => item.sql).join(', ')}]`
}

function coerceStruct(from: Typed, to: Extract<SqlType, {kind: 'STRUCT'}>): Typed | undefined {
  if (from.type.kind !== 'STRUCT' || from.type.fields.length !== to.fields.length) return undefined
  if (
    sameType(from.type, to) &&
    from.type.fields.every((f, i) => f.name.toLowerCase() === to.fields[i]?.name.toLowerCase())
  )
    return {...from, type: to}
  const {fields} = from.type
  const parts = fields.map((f, i): Typed => {
    return from.parts?.[i] ?? {sql: `struct_extract(${from.sql}, ${quoteText(fieldName(f, i))})`, type: f.type}
  })
  const coerced = parts.map((part, i) => coerce(part, (to.fields[i] as (typeof to.fields)[number]).type))
  if (coerced.some(part => !part)) return undefined
  const sql = structSql(coerced as Typed[], to)
  return from.parts
    ? {sql, type: to, parts: coerced as Typed[]}
    : {sql: `CASE WHEN ${from.sql} IS NULL THEN NULL ELSE ${sql} END`, type: to}
}

export function structSql(parts: readonly Typed[], type: Extract<SqlType, {kind: 'STRUCT'}>): string {
  if (parts.length === 0) return `struct_pack("~empty" := true)`
  return `struct_pack(${parts.map((part, i) => `${quoteId(fieldName(type.fields[i] as {name: string; type: SqlType}, i))} := ${part.sql}`).join(', ')})`
}
