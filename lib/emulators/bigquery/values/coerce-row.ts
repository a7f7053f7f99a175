import type {DuckDBValue} from '@duckdb/node-api'
import type {TableField} from '../model/table-field.ts'
import {CellError, type Coerce, scalarCoercer} from './coerce-cell.ts'
import type {Duck} from './duckdb.ts'

/** A field, or one that the table has and this caller must not see yet. */
export type VisibleField = TableField & {hidden?: boolean}

/** Turns one JSON row into the values of a table's columns, or says what is wrong with it. */
type CoerceRow = (row: unknown) => DuckDBValue[] | CellError

/** Makes the coercion of whole rows; with `ignoreUnknown`, fields that the table lacks are left out. */
export function rowCoercer(duck: Duck, fields: readonly VisibleField[], ignoreUnknown: boolean): CoerceRow {
  const record = recordCoercer(duck, fields, ignoreUnknown)
  return row => {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      return new CellError('Each row needs a `json` object.', '')
    return record(row as Record<string, unknown>)
  }
}

function recordCoercer(duck: Duck, fields: readonly VisibleField[], ignoreUnknown: boolean) {
  const cells = fields.map(field => fieldCoercer(duck, field, ignoreUnknown))
  const names = fields.map(field => field.name)
  const absent = fields.map(field => absentValue(duck, field))
  const byLowerCase = new Map(fields.flatMap((field, i) => (field.hidden ? [] : [[field.name.toLowerCase(), i]])))

  /** Column names match in any case, which costs too much to allow for in every row. */
  const respell = (row: Record<string, unknown>): Record<string, unknown> | CellError => {
    const spelled: Record<string, unknown> = Object.create(null)
    for (const [name, value] of Object.entries(row)) {
      const at = byLowerCase.get(name.toLowerCase())
      if (at !== undefined) spelled[names[at] as string] = value
      else if (!ignoreUnknown) return new CellError(`no such field: ${name}.`, name)
    }
    return spelled
  }

  return function coerce(row: Record<string, unknown>, respelled = false): DuckDBValue[] | CellError {
    const values = new Array<DuckDBValue>(cells.length)
    let found = 0
    let missing: CellError | undefined
    for (let i = 0; i < cells.length; i++) {
      const name = names[i] as string
      if (!fields[i]?.hidden && Object.hasOwn(row, name)) {
        found++
        const value = (cells[i] as Coerce)(row[name])
        if (value instanceof CellError) return value
        values[i] = value
      } else {
        const value = absent[i] as DuckDBValue | CellError
        if (value instanceof CellError) missing ??= value
        else values[i] = value
      }
    }
    if (!respelled && (missing || found !== Object.keys(row).length)) {
      const spelled = respell(row)
      return spelled instanceof CellError ? spelled : coerce(spelled, true)
    }
    return missing ?? values
  }
}

function fieldCoercer(duck: Duck, field: VisibleField, ignoreUnknown: boolean): Coerce {
  const element = field.type === 'RECORD' ? structCoercer(duck, field, ignoreUnknown) : scalarCoercer(duck, field)
  const notNull = () =>
    new CellError(`Only optional fields can be set to NULL. Field: ${field.name}; Value: NULL`, field.name)
  if (field.mode === 'REQUIRED') return value => (value === null ? notNull() : element(value))
  if (field.mode === 'NULLABLE') return value => (value === null ? null : element(value))
  return value => {
    if (value === null) return notNull()
    if (!Array.isArray(value))
      return new CellError(`Repeated field must be given a JSON array: ${field.name}.`, field.name)
    const items: DuckDBValue[] = []
    for (let i = 0; i < value.length; i++) {
      const item = value[i] === null ? notNull() : element(value[i])
      if (item instanceof CellError)
        return new CellError(item.message, `${field.name}[${i}]${item.location.slice(field.name.length)}`)
      items.push(item)
    }
    return duck.listValue(items)
  }
}

function structCoercer(duck: Duck, field: VisibleField, ignoreUnknown: boolean): Coerce {
  const fields = field.fields ?? []
  const record = recordCoercer(duck, fields, ignoreUnknown)
  return value => {
    if (Array.isArray(value)) return new CellError(`Array specified for non-repeated field: ${field.name}.`, field.name)
    if (typeof value !== 'object') return new CellError(`This field: ${field.name} is not a record.`, field.name)
    const values = record(value as Record<string, unknown>)
    if (values instanceof CellError) return new CellError(values.message, `${field.name}.${values.location}`)
    const entries: Record<string, DuckDBValue> = {}
    for (let i = 0; i < fields.length; i++) entries[(fields[i] as TableField).name] = values[i] as DuckDBValue
    return duck.structValue(entries)
  }
}

function absentValue(duck: Duck, field: VisibleField): DuckDBValue | CellError {
  if (field.mode === 'REPEATED') return duck.listValue([])
  if (field.mode === 'REQUIRED' && !field.hidden)
    return new CellError(`Missing required field: ${field.name}.`, field.name)
  return null
}
