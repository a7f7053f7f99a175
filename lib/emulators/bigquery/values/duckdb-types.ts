import type {DuckDBType} from '@duckdb/node-api'
import {quoteName} from '../model/names.ts'
import type {FieldType, TableField} from '../model/table-field.ts'
import type {Duck} from './duckdb.ts'

const SQL: Record<Exclude<FieldType, 'RECORD'>, string> = {
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: 'DECIMAL(38,18)',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP WITH TIME ZONE',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  GEOGRAPHY: 'VARCHAR',
  JSON: 'JSON',
  INTERVAL: 'INTERVAL',
}

/** A column definition for CREATE TABLE. */
export function columnSql(field: TableField): string {
  return `${quoteName(field.name)} ${typeSql(field)}${field.mode === 'REQUIRED' ? ' NOT NULL' : ''}`
}

/** DuckDB's type of a field, in SQL. */
export function typeSql(field: TableField): string {
  const element =
    field.type === 'RECORD'
      ? `STRUCT(${(field.fields ?? []).map(f => `${quoteName(f.name)} ${typeSql(f)}`).join(', ')})`
      : SQL[field.type]
  return field.mode === 'REPEATED' ? `${element}[]` : element
}

/** DuckDB's type of a field, as an object for data chunks and bound parameters. */
export function duckType(duck: Duck, field: TableField): DuckDBType {
  const element = elementType(duck, field)
  return field.mode === 'REPEATED' ? duck.LIST(element) : element
}

function elementType(duck: Duck, field: TableField): DuckDBType {
  switch (field.type) {
    case 'BYTES':
      return duck.BLOB
    case 'INTEGER':
      return duck.BIGINT
    case 'FLOAT':
      return duck.DOUBLE
    case 'NUMERIC':
      return duck.DECIMAL(38, 9)
    case 'BIGNUMERIC':
      return duck.DECIMAL(38, 18)
    case 'BOOLEAN':
      return duck.BOOLEAN
    case 'TIMESTAMP':
      return duck.TIMESTAMPTZ
    case 'DATE':
      return duck.DATE
    case 'TIME':
      return duck.TIME
    case 'DATETIME':
      return duck.TIMESTAMP
    case 'INTERVAL':
      return duck.INTERVAL
    case 'RECORD':
      // not duck.STRUCT(), whose object would put names that are numbers first
      return new duck.DuckDBStructType(
        (field.fields ?? []).map(f => f.name),
        (field.fields ?? []).map(f => duckType(duck, f)),
      )
    default:
      return duck.VARCHAR
  }
}
