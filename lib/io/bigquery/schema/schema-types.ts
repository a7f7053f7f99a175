/** The type names that the BigQuery API answers with; GoogleSQL's names (INT64, FLOAT64, BOOL, STRUCT, …) are turned into these. */
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
  | 'RANGE'
  | 'RECORD'

/** One column (or nested field) of a table; other attributes (description, policyTags, …) are passed on to BigQuery. */
export interface TableField {
  name: string
  type: FieldType
  mode: 'NULLABLE' | 'REQUIRED' | 'REPEATED'
  /** Fields of a RECORD. */
  fields?: TableField[]
  /** Used by BigQuery when a row lacks the field. */
  defaultValueExpression?: string
  maxLength?: string
  precision?: string
  scale?: string
  rangeElementType?: {type: string}
  [attribute: string]: unknown
}

/** The schema of a table as in the BigQuery API, with normalized types and modes. */
export interface TableSchema {
  fields: TableField[]
}

/** A field as people write it: type names of either SQL dialect, in any case; the mode is optional. */
export interface TableFieldInput {
  name: string
  type: string
  mode?: string | undefined
  fields?: TableFieldInput[] | undefined
  [attribute: string]: unknown
}

/**
 * A schema in any of its forms: `'a:STRING,b:NUMERIC(10,2)'`, the path of a JSON file (`'schema.json'`), JSON text,
 * an array of fields, or an object with `fields`.
 */
export type SchemaInput = string | readonly TableFieldInput[] | {fields: readonly TableFieldInput[]}

export const TYPE_NAMES: Readonly<Record<string, FieldType>> = {
  STRING: 'STRING',
  BYTES: 'BYTES',
  INTEGER: 'INTEGER',
  INT64: 'INTEGER',
  INT: 'INTEGER',
  SMALLINT: 'INTEGER',
  BIGINT: 'INTEGER',
  TINYINT: 'INTEGER',
  BYTEINT: 'INTEGER',
  FLOAT: 'FLOAT',
  FLOAT64: 'FLOAT',
  NUMERIC: 'NUMERIC',
  DECIMAL: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  BOOLEAN: 'BOOLEAN',
  BOOL: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'DATETIME',
  GEOGRAPHY: 'GEOGRAPHY',
  JSON: 'JSON',
  INTERVAL: 'INTERVAL',
  RANGE: 'RANGE',
  RECORD: 'RECORD',
  STRUCT: 'RECORD',
}
