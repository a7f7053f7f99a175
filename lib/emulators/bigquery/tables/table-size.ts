import {duckName} from '../catalog/catalog.ts'
import type {Database} from '../catalog/database.ts'
import type {Table} from '../catalog/resources.ts'
import {quoteName} from '../model/names.ts'
import type {TableField} from '../model/table-field.ts'
import {partitionFilter} from './partition-filter.ts'

interface Size {
  rows: string
  bytes: string
}

/** Sizes by table and decorator, as long as nothing is written. */
const known = new WeakMap<Table, {version: number; sizes: Map<string, Size>}>()

/** How many rows a table, or one of its partitions, has, and how many bytes BigQuery counts for them. */
export async function tableSize(db: Database, table: Table, decorator: string | undefined): Promise<Size> {
  if (!table.fields) return {rows: '0', bytes: '0'}
  let entry = known.get(table)
  if (entry?.version !== db.version) {
    entry = {version: db.version, sizes: new Map()}
    known.set(table, entry)
  }
  const key = decorator ?? ''
  const found = entry.sizes.get(key)
  if (found) return found
  const bytes =
    table.fields.map(field => `coalesce(sum(${sizeSql(quoteName(field.name), field, 0)}), 0)`).join(' + ') || '0'
  const [[rows, sum] = []] = await db.read(
    `SELECT count(*), CAST(${bytes} AS BIGINT) FROM ${duckName(table)} WHERE ${partitionFilter(table, decorator)}`,
  )
  const size = {rows: String(rows), bytes: String(sum)}
  entry.sizes.set(key, size)
  return size
}

/** Bytes of a value by the table in "Data type sizes": fixed ones, 2 and the text for strings, 0 for NULL. */
function sizeSql(sql: string, field: TableField, depth: number): string {
  if (field.mode === 'REPEATED') {
    const item = `e${depth}`
    const element = sizeSql(item, {...field, mode: 'NULLABLE'}, depth + 1)
    return `coalesce(list_sum(list_transform(${sql}, lambda ${item}: ${element})), 0)`
  }
  if (field.type === 'RECORD') {
    const parts = (field.fields ?? []).map(f =>
      sizeSql(`struct_extract(${sql}, '${f.name.replaceAll("'", "''")}')`, f, depth),
    )
    return `(${parts.join(' + ') || '0'})`
  }
  const variable: Partial<Record<TableField['type'], string>> = {
    STRING: `2 + strlen(${sql})`,
    JSON: `2 + strlen(CAST(${sql} AS VARCHAR))`,
    GEOGRAPHY: `16 + strlen(${sql})`,
    BYTES: `2 + octet_length(${sql})`,
  }
  const fixed: Partial<Record<TableField['type'], number>> = {BOOLEAN: 1, NUMERIC: 16, BIGNUMERIC: 32, INTERVAL: 16}
  return `CASE WHEN ${sql} IS NULL THEN 0 ELSE ${variable[field.type] ?? fixed[field.type] ?? 8} END`
}
