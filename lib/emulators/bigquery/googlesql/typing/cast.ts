import {fieldName, quoteText, type SqlType, sameType} from '../syntax/types.ts'
import {coerce, structSql, textToTime} from './coercion.ts'
import {nullOf, type Typed} from './typed.ts'

type Convert = (sql: string, zone: string) => string

const civil = (sql: string, zone: string) => `timezone(${zone}, ${sql})`

/** What CAST does from one scalar type to another, beyond what happens without it. */
const CASTS: Record<string, Record<string, Convert>> = {
  STRING: {
    INT64: x => `bq_to_int64(${x})`,
    FLOAT64: x => `bq_to_float64(${x})`,
    NUMERIC: x => `bq_to_numeric(${x})`,
    BIGNUMERIC: x => `bq_to_bignumeric(${x})`,
    BOOL: x => `bq_to_bool(${x})`,
    BYTES: x => `encode(${x})`,
    DATE: x => textToTime(x, {kind: 'DATE'}),
    TIME: x => textToTime(x, {kind: 'TIME'}),
    DATETIME: x => textToTime(x, {kind: 'DATETIME'}),
    TIMESTAMP: (x, zone) => textToTime(x, {kind: 'TIMESTAMP'}, zone),
  },
  BYTES: {STRING: x => `decode(${x})`},
  INT64: {BOOL: x => `(${x} <> 0)`, STRING: x => `CAST(${x} AS VARCHAR)`},
  FLOAT64: {
    INT64: x => `CAST(round(${x}) AS BIGINT)`,
    NUMERIC: x => `bq_float_numeric(${x})`,
    BIGNUMERIC: x => `bq_float_bignumeric(${x})`,
    STRING: x => `bq_float_text(${x})`,
  },
  NUMERIC: {INT64: x => `CAST(round(${x}, 0) AS BIGINT)`, STRING: x => `bq_decimal_text(CAST(${x} AS VARCHAR))`},
  BIGNUMERIC: {
    INT64: x => `CAST(round(${x}, 0) AS BIGINT)`,
    NUMERIC: x => `CAST(${x} AS DECIMAL(38,9))`,
    STRING: x => `bq_decimal_text(CAST(${x} AS VARCHAR))`,
  },
  BOOL: {INT64: x => `CAST(${x} AS BIGINT)`, STRING: x => `CAST(${x} AS VARCHAR)`},
  DATE: {
    STRING: x => `CAST(${x} AS VARCHAR)`,
    TIMESTAMP: (x, zone) => civil(`CAST(${x} AS TIMESTAMP)`, zone),
  },
  TIME: {STRING: x => `bq_time_text(epoch_us(${x}))`},
  DATETIME: {
    STRING: x => `bq_datetime_text(epoch_us(${x}))`,
    DATE: x => `CAST(${x} AS DATE)`,
    TIME: x => `CAST(${x} AS TIME)`,
    TIMESTAMP: civil,
  },
  TIMESTAMP: {
    STRING: (x, zone) => `bq_timestamp_text(epoch_us(${x}), ${zone})`,
    DATE: (x, zone) => `CAST(${civil(x, zone)} AS DATE)`,
    TIME: (x, zone) => `CAST(${civil(x, zone)} AS TIME)`,
    DATETIME: civil,
  },
}

/** The expression cast to a type; `undefined` for casts that GoogleSQL does not have. */
export function castTo(from: Typed, to: SqlType, zone = "'UTC'"): Typed | undefined {
  if (from.type.kind === 'NULL') return {sql: nullOf(to), type: to}
  if (from.type.kind === 'STRUCT' && to.kind === 'STRUCT') return castStruct(from, to, zone)
  const convert = CASTS[from.type.kind]?.[to.kind]
  if (convert) return {sql: convert(from.sql, zone), type: to}
  if (sameType(from.type, to)) return {sql: from.sql, type: to}
  const implicit = coerce(from, to)
  return implicit && {sql: implicit.sql, type: to}
}

function castStruct(from: Typed, to: Extract<SqlType, {kind: 'STRUCT'}>, zone: string): Typed | undefined {
  if (from.type.kind !== 'STRUCT' || from.type.fields.length !== to.fields.length) return undefined
  const parts = from.type.fields.map((f, i) => {
    const part = from.parts?.[i] ?? {sql: `struct_extract(${from.sql}, ${quoteText(fieldName(f, i))})`, type: f.type}
    return castTo(part, (to.fields[i] as (typeof to.fields)[number]).type, zone)
  })
  if (parts.some(part => !part)) return undefined
  const sql = structSql(parts as Typed[], to)
  return {sql: from.parts ? sql : `CASE WHEN ${from.sql} IS NULL THEN ${nullOf(to)} ELSE ${sql} END`, type: to}
}

/** The text of a value as CAST AS STRING gives it, for CONCAT and FORMAT; `undefined` for types without one. */
export function textOf(from: Typed): string | undefined {
  if (from.type.kind === 'STRING') return from.sql
  return castTo(from, {kind: 'STRING'})?.sql
}
