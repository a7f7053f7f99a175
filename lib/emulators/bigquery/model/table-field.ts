import {invalid, unsupported} from './errors.ts'

/** The type of a column, in the names that the REST API answers with. */
export type FieldType =
  | 'STRING'
  | 'BYTES'
  | 'INTEGER'
  | 'FLOAT'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'BOOLEAN'
  | 'TIMESTAMP'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'GEOGRAPHY'
  | 'JSON'
  | 'INTERVAL'
  | 'RECORD'

type FieldMode = 'NULLABLE' | 'REQUIRED' | 'REPEATED'

/** One column of a table, or one field of a RECORD. */
export interface TableField {
  name: string
  type: FieldType
  mode: FieldMode
  /** The client named no mode, and gets none back. */
  impliedMode?: true
  fields?: TableField[]
  /** Longest STRING (characters) or BYTES, as a decimal string, which is how int64 travels in JSON. */
  maxLength?: string
  precision?: string
  scale?: string
}

const TYPES: Record<string, FieldType> = {
  STRING: 'STRING',
  BYTES: 'BYTES',
  INTEGER: 'INTEGER',
  INT64: 'INTEGER',
  FLOAT: 'FLOAT',
  FLOAT64: 'FLOAT',
  NUMERIC: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
  BOOLEAN: 'BOOLEAN',
  BOOL: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'DATETIME',
  GEOGRAPHY: 'GEOGRAPHY',
  JSON: 'JSON',
  INTERVAL: 'INTERVAL',
  RECORD: 'RECORD',
  STRUCT: 'RECORD',
}
const MODES: readonly string[] = ['NULLABLE', 'REQUIRED', 'REPEATED']
const NAME = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}& %=+:'<>#|]{1,300}$/u
const RESERVED_PREFIX = /^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_)/i
const MAX_DEPTH = 15

/** The API's name for a type, or `undefined` for one that does not exist or is not supported. */
export function fieldType(name: string): FieldType | undefined {
  return TYPES[name.toUpperCase()]
}

/** Checks the `fields` of a TableSchema as `tables.insert` does, and normalizes the names of types and modes. */
export function parseFields(given: unknown, path = '', depth = 1): TableField[] {
  if (!Array.isArray(given)) throw invalid(`Schema fields${path && ` of ${path}`} must be a list.`)
  if (depth > MAX_DEPTH) throw invalid(`Schema is nested deeper than ${MAX_DEPTH} levels at ${path}.`)
  const seen = new Set<string>()
  return given.map(field => {
    const parsed = parseField(field, path, depth)
    const key = parsed.name.toLowerCase()
    if (seen.has(key)) throw invalid(`Field ${path}${parsed.name} already exists in schema`)
    seen.add(key)
    return parsed
  })
}

function parseField(given: unknown, path: string, depth: number): TableField {
  if (typeof given !== 'object' || given === null) throw invalid('A schema field must be an object.')
  const raw = given as Record<string, unknown>
  const name = raw.name
  if (typeof name !== 'string' || !NAME.test(name) || RESERVED_PREFIX.test(name))
    throw invalid(
      `Invalid field name "${String(name)}". Fields must contain the allowed characters, and be at most 300 characters long.`,
    )
  const at = path + name
  if (raw.type === undefined) throw invalid(`Required parameter is missing: type of field ${at}`)
  const typeName = String(raw.type).toUpperCase()
  const type = fieldType(typeName)
  if (!type)
    throw typeName === 'RANGE'
      ? unsupported('a column of type RANGE')
      : invalid(`Invalid value for type: ${String(raw.type)} is not a valid value`)
  const mode =
    raw.mode === undefined || raw.mode === '' || raw.mode === null ? 'NULLABLE' : String(raw.mode).toUpperCase()
  if (!MODES.includes(mode)) throw invalid(`Invalid value for mode: ${String(raw.mode)} is not a valid value`)
  if (raw.defaultValueExpression !== undefined) throw unsupported(`defaultValueExpression (field ${at})`)
  const field = {...raw, name, type, mode: mode as FieldMode} as TableField
  if (raw.mode === undefined || raw.mode === null || raw.mode === '') field.impliedMode = true
  else delete field.impliedMode
  for (const key of ['maxLength', 'precision', 'scale'] as const)
    if (raw[key] !== undefined) field[key] = String(raw[key])
  if (type === 'RECORD') {
    if (!Array.isArray(raw.fields) || raw.fields.length === 0)
      throw invalid(`Field ${at} is type RECORD but has no schema`)
    field.fields = parseFields(raw.fields, `${at}.`, depth + 1)
  } else delete field.fields
  return field
}

/** A schema as clients see it: modes as they were given. */
export function shownFields(fields: readonly TableField[]): object[] {
  return fields.map(({impliedMode, mode, fields: inner, ...field}) => ({
    ...field,
    ...(!impliedMode && {mode}),
    ...(inner && {fields: shownFields(inner)}),
  }))
}

/** Finds a field by its name, in any case, as BigQuery does. */
export function findField(fields: readonly TableField[], name: string): TableField | undefined {
  const key = name.toLowerCase()
  return fields.find(field => field.name.toLowerCase() === key)
}
