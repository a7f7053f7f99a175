import type {DuckDBType, DuckDBValue} from '@duckdb/node-api'
import {duckSql, type SqlType, typeOfField} from '../googlesql/syntax/types.ts'
import type {Typed} from '../googlesql/typing/typed.ts'
import {invalid, invalidQuery, unsupported} from '../model/errors.ts'
import {fieldType, type TableField} from '../model/table-field.ts'
import {CellError} from '../values/coerce-cell.ts'
import {rowCoercer} from '../values/coerce-row.ts'
import type {Duck} from '../values/duckdb.ts'
import {duckType} from '../values/duckdb-types.ts'

/** A parameter of a query, as the REST API carries it. */
export interface QueryParameter {
  name?: string
  parameterType?: ParameterType
  parameterValue?: ParameterValue
}

interface ParameterType {
  type?: string
  arrayType?: ParameterType
  structTypes?: {name?: string; type?: ParameterType}[]
}

interface ParameterValue {
  value?: unknown
  arrayValues?: ParameterValue[]
  structValues?: Record<string, ParameterValue>
}

/** A parameter as DuckDB binds it; named ones in lower case, since BigQuery finds them in any. */
export interface BoundParameter {
  name: string | undefined
  value: DuckDBValue
  type: DuckDBType
  /** Its type in BigQuery. */
  sqlType: SqlType
}

/** Turns query parameters into DuckDB's typed values, each by its declared type. */
export function bindParameters(duck: Duck, parameters: readonly QueryParameter[]): BoundParameter[] {
  return parameters.map((parameter, index) => {
    const label = parameter.name ?? `#${index + 1}`
    const field = parameterField(label, parameter.parameterType)
    const json = jsonValue(parameter.parameterValue ?? {}, field)
    const values = json === null ? [null] : rowCoercer(duck, [field], false)({[field.name]: json})
    if (values instanceof CellError) throw invalid(`Invalid value for query parameter ${label}: ${values.message}`)
    return {
      name: parameter.name?.toLowerCase(),
      value: values[0] ?? null,
      type: duckType(duck, field),
      sqlType: typeOfField(field),
    }
  })
}

/** A parameter in SQL; DuckDB does not know its type before it is bound, so a cast declares it. */
export function parameterSql(parameters: readonly BoundParameter[], key: string | number): Typed {
  const isName = typeof key === 'string'
  const parameter = isName ? parameters.find(p => p.name === key.toLowerCase()) : parameters[key - 1]
  if (!parameter)
    throw invalidQuery(isName ? `Query parameter '${key}' not found` : `Query parameter number ${key} is not given`)
  const placeholder = `$${String(key).toLowerCase()}`
  const {sqlType: type} = parameter
  return {sql: `CAST(${placeholder} AS ${duckSql(type)})`, type, literal: 'PARAMETER'}
}

function parameterField(name: string, type: ParameterType | undefined): TableField {
  const typeName = String(type?.type ?? '').toUpperCase()
  if (typeName === 'ARRAY') {
    const element = parameterField(name, type?.arrayType)
    if (element.mode === 'REPEATED')
      throw invalid(`Query parameter ${name} is an array of arrays, which BigQuery does not have.`)
    return {...element, mode: 'REPEATED'}
  }
  if (typeName === 'STRUCT') {
    const fields = (type?.structTypes ?? []).map((entry, i) =>
      parameterField(entry.name ?? `_field_${i + 1}`, entry.type),
    )
    return {name, type: 'RECORD', mode: 'NULLABLE', fields}
  }
  const scalar = fieldType(typeName)
  if (!scalar) throw unsupported(`query parameter ${name}: type ${typeName || '(none)'}`)
  return {name, type: scalar, mode: 'NULLABLE'}
}

function jsonValue(given: ParameterValue, field: TableField): unknown {
  if (field.mode === 'REPEATED') {
    const element: TableField = {...field, mode: 'NULLABLE'}
    return given.arrayValues?.map(item => jsonValue(item, element)) ?? []
  }
  if (field.type === 'RECORD') {
    const values = given.structValues
    if (!values) return null
    return Object.fromEntries((field.fields ?? []).map(f => [f.name, jsonValue(values[f.name] ?? {}, f)]))
  }
  const value = given.value
  if (value === undefined || value === null) return null
  if (typeof value === 'object')
    throw invalid(
      `Query parameter ${field.name}: a value must be a string; a ${field.type} takes ${field.type === 'BYTES' ? 'base64' : 'text'}, not an object.`,
    )
  // Clients send numbers and booleans as such; the API turns them into strings.
  return field.type === 'BOOLEAN' || typeof value === 'string' ? value : String(value)
}
