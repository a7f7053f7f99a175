import type {Table} from '../catalog/resources.ts'
import {findField, type TableField} from '../model/table-field.ts'
import type {VisibleField} from '../values/coerce-row.ts'

/** The table's fields, with those hidden that it did not have at `at`; the first schema counts from the beginning of time. */
export function fieldsAsOf(table: Table, at: number): VisibleField[] {
  const now = table.fields ?? []
  const then = table.history.findLast(version => version.at <= at) ?? table.history[0]
  return hideMissing(now, then?.fields ?? [])
}

function hideMissing(now: readonly TableField[], then: readonly TableField[]): VisibleField[] {
  return now.map(field => {
    const old = findField(then, field.name)
    if (!old) return {...field, hidden: true}
    return field.fields ? {...field, fields: hideMissing(field.fields, old.fields ?? [])} : field
  })
}
