import {invalid} from '../model/errors.ts'
import {findField, type TableField} from '../model/table-field.ts'

/** How a table's DuckDB columns must follow a change of its schema. */
interface SchemaChange {
  added: TableField[]
  relaxed: TableField[]
  /** A field inside a RECORD was added: the table must be rebuilt. */
  nested: boolean
}

/**
 * Compares a table's schema with the one that `tables.patch` gives. Only what BigQuery allows passes: new columns that
 * are not REQUIRED, and REQUIRED made NULLABLE; else 400 `Provided Schema does not match Table …`.
 */
export function compareSchemas(table: string, old: readonly TableField[], next: readonly TableField[]): SchemaChange {
  const change: SchemaChange = {added: [], relaxed: [], nested: false}
  const refuse = (why: string) => invalid(`Provided Schema does not match Table ${table}. ${why}`)
  const compare = (before: readonly TableField[], after: readonly TableField[], path: string, nested: boolean) => {
    for (const field of before)
      if (!findField(after, field.name)) throw refuse(`Field ${path}${field.name} is missing in new schema`)
    for (const field of after) {
      const at = path + field.name
      const was = findField(before, field.name)
      if (!was) {
        if (field.mode === 'REQUIRED') throw refuse(`Cannot add required fields to an existing schema. (field: ${at})`)
        if (nested) change.nested = true
        else change.added.push(field)
        continue
      }
      if (was.type !== field.type) throw refuse(`Field ${at} has changed type from ${was.type} to ${field.type}`)
      if (was.mode !== field.mode) {
        if (was.mode !== 'REQUIRED' || field.mode !== 'NULLABLE')
          throw refuse(`Field ${at} has changed mode from ${was.mode} to ${field.mode}`)
        if (!nested) change.relaxed.push(field)
      }
      compare(was.fields ?? [], field.fields ?? [], `${at}.`, true)
    }
  }
  compare(old, next, '', false)
  return change
}
