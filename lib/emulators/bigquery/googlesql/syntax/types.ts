import type {TableField} from '../../model/table-field.ts'

/** A scalar type of GoogleSQL; `NULL` is the type of a NULL that nothing has given one yet. */
export type ScalarKind =
  | 'INT64'
  | 'FLOAT64'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'BOOL'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'TIMESTAMP'
  | 'JSON'
  | 'INTERVAL'
  | 'GEOGRAPHY'
  | 'NULL'

export interface StructField {
  /** Empty for a field without a name. */
  name: string
  type: SqlType
}

/** A type of GoogleSQL. */
export type SqlType =
  | {kind: ScalarKind}
  | {kind: 'ARRAY'; element: SqlType}
  | {kind: 'STRUCT'; fields: readonly StructField[]}

export const BOOL: SqlType = {kind: 'BOOL'}
export const INT64: SqlType = {kind: 'INT64'}

const DUCK: Record<ScalarKind, string> = {
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: 'DECIMAL(38,18)',
  BOOL: 'BOOLEAN',
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  TIMESTAMP: 'TIMESTAMP WITH TIME ZONE',
  JSON: 'JSON',
  INTERVAL: 'INTERVAL',
  GEOGRAPHY: 'VARCHAR',
  NULL: 'BIGINT',
}

const OF_FIELD: Record<Exclude<TableField['type'], 'RECORD'>, ScalarKind> = {
  STRING: 'STRING',
  BYTES: 'BYTES',
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  NUMERIC: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
  BOOLEAN: 'BOOL',
  TIMESTAMP: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'DATETIME',
  GEOGRAPHY: 'GEOGRAPHY',
  JSON: 'JSON',
  INTERVAL: 'INTERVAL',
}

const NAMES: Record<string, ScalarKind> = {
  INT64: 'INT64',
  INT: 'INT64',
  INTEGER: 'INT64',
  BIGINT: 'INT64',
  SMALLINT: 'INT64',
  TINYINT: 'INT64',
  BYTEINT: 'INT64',
  FLOAT64: 'FLOAT64',
  NUMERIC: 'NUMERIC',
  DECIMAL: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  BOOL: 'BOOL',
  BOOLEAN: 'BOOL',
  STRING: 'STRING',
  BYTES: 'BYTES',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'DATETIME',
  TIMESTAMP: 'TIMESTAMP',
  JSON: 'JSON',
  INTERVAL: 'INTERVAL',
}

/** The scalar type of this name, in capitals, or `undefined`. */
export function scalarNamed(name: string): SqlType | undefined {
  const kind = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
  return kind && {kind}
}

/** The type of a table's column. */
export function typeOfField(field: TableField): SqlType {
  const element: SqlType =
    field.type === 'RECORD'
      ? {kind: 'STRUCT', fields: (field.fields ?? []).map(f => ({name: f.name, type: typeOfField(f)}))}
      : {kind: OF_FIELD[field.type]}
  return field.mode === 'REPEATED' ? {kind: 'ARRAY', element} : element
}

/** The name of a STRUCT's field in DuckDB, which has no fields without one. */
export function fieldName(field: StructField, index: number): string {
  return field.name || `_field_${index + 1}`
}

/** DuckDB's type, in SQL. */
export function duckSql(type: SqlType): string {
  if (type.kind === 'ARRAY') return `${duckSql(type.element)}[]`
  if (type.kind === 'STRUCT')
    return `STRUCT(${type.fields.map((f, i) => `${quoteId(fieldName(f, i))} ${duckSql(f.type)}`).join(', ')})`
  return DUCK[type.kind]
}

/** The type as BigQuery's messages write it. */
export function showType(type: SqlType): string {
  if (type.kind === 'ARRAY') return `ARRAY<${showType(type.element)}>`
  if (type.kind === 'STRUCT')
    return `STRUCT<${type.fields.map(f => `${f.name}${f.name && ' '}${showType(f.type)}`).join(', ')}>`
  return type.kind
}

export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.kind === 'ARRAY') return b.kind === 'ARRAY' && sameType(a.element, b.element)
  if (a.kind === 'STRUCT')
    return (
      b.kind === 'STRUCT' &&
      a.fields.length === b.fields.length &&
      a.fields.every((f, i) => sameType(f.type, (b.fields[i] as StructField).type))
    )
  return a.kind === b.kind
}

/** An identifier of DuckDB. */
export function quoteId(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string literal of DuckDB. */
export function quoteText(text: string): string {
  // DuckDB's parser ends a statement at a NUL.
  if (text.includes('\0')) return `(${text.split('\0').map(quoteText).join(' || chr(0) || ')})`
  return `'${text.replaceAll("'", "''")}'`
}
