import type {DuckDBType} from '@duckdb/node-api'
import type {Duck} from '../catalog/database.ts'
import {unsupported} from '../model/errors.ts'
import {quoteName} from '../model/names.ts'
import type {FieldType, TableField} from '../model/table-field.ts'

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

/** The field that a column of a query's result is for BigQuery. */
export function resultField(duck: Duck, name: string, type: DuckDBType): TableField {
  const id = duck.DuckDBTypeId
  const scalar = (t: FieldType): TableField => ({name, type: t, mode: 'NULLABLE'})
  switch (type.typeId) {
    case id.BOOLEAN:
      return scalar('BOOLEAN')
    case id.TINYINT:
    case id.SMALLINT:
    case id.INTEGER:
    case id.BIGINT:
    case id.UTINYINT:
    case id.USMALLINT:
    case id.UINTEGER:
    case id.UBIGINT:
    case id.HUGEINT:
    case id.UHUGEINT:
    case id.BIGNUM:
    case id.SQLNULL:
      return scalar('INTEGER')
    case id.FLOAT:
    case id.DOUBLE:
      return scalar('FLOAT')
    case id.DECIMAL: {
      return scalar(type.scale <= 9 && type.width - type.scale <= 29 ? 'NUMERIC' : 'BIGNUMERIC')
    }
    case id.VARCHAR:
      return scalar(type.alias === 'JSON' ? 'JSON' : 'STRING')
    case id.ENUM:
    case id.UUID:
      return scalar('STRING')
    case id.BLOB:
      return scalar('BYTES')
    case id.DATE:
      return scalar('DATE')
    case id.TIME:
      return scalar('TIME')
    case id.TIMESTAMP:
    case id.TIMESTAMP_S:
    case id.TIMESTAMP_MS:
    case id.TIMESTAMP_NS:
      return scalar('DATETIME')
    case id.TIMESTAMP_TZ:
      return scalar('TIMESTAMP')
    case id.INTERVAL:
      return scalar('INTERVAL')
    case id.LIST:
    case id.ARRAY: {
      const element = resultField(duck, name, type.valueType)
      if (element.mode === 'REPEATED') throw unsupported(`column ${name}: an array of arrays`)
      return {...element, mode: 'REPEATED'}
    }
    case id.STRUCT: {
      const fields = type.entryTypes.map((t, i) => resultField(duck, type.entryNames[i] || `_field_${i + 1}`, t))
      return {name, type: 'RECORD', mode: 'NULLABLE', fields}
    }
    default:
      throw unsupported(`column ${name}: DuckDB's type ${type.toString()} (cast it)`)
  }
}
