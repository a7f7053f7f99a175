import {duckName} from '../catalog/catalog.ts'
import type {Context} from '../catalog/context.ts'
import {INGESTION_COLUMN} from '../catalog/ingestion-time.ts'
import type {Table} from '../catalog/resources.ts'
import {invalid} from '../model/errors.ts'
import {quoteName} from '../model/names.ts'
import {findField} from '../model/table-field.ts'

type Unit = 'DAY' | 'HOUR' | 'MONTH' | 'YEAR'
const LENGTH: Record<Unit, number> = {YEAR: 4, MONTH: 6, DAY: 8, HOUR: 10}

/** The condition, in DuckDB's SQL, for the rows of the partition that a decorator names; true without one. */
export function partitionFilter(table: Table, decorator: string | undefined): string {
  if (decorator === undefined) return 'true'
  const time = table.properties.timePartitioning as {type: Unit; field?: string} | undefined
  const range = table.properties.rangePartitioning as
    | {field: string; range: {start: string; end: string; interval: string}}
    | undefined
  const spec = `${table.id}$${decorator}`
  if (!time && !range)
    throw invalid(`Cannot read partition information from a table that is not partitioned: ${table.dataset.id}.${spec}`)
  const name = time ? (time.field ?? INGESTION_COLUMN) : (range?.field as string)
  const field = findField(table.fields ?? [], name)
  const column = quoteName(field?.name ?? name)
  if (decorator === '__NULL__') return `${column} IS NULL`
  if (decorator === '__UNPARTITIONED__') return 'false'
  if (range) {
    const {start, end, interval} = range.range
    if (
      !/^-?\d+$/.test(decorator) ||
      (BigInt(decorator) - BigInt(start)) % BigInt(interval) !== 0n ||
      BigInt(decorator) >= BigInt(end)
    )
      throw invalid(`Invalid partition decorator: ${spec}; it is the first value of a range`)
    return `${column} >= ${decorator} AND ${column} < ${BigInt(decorator) + BigInt(interval)}`
  }
  const {type} = time as {type: Unit}
  const start = firstMoment(decorator, type)
  if (start === undefined)
    throw invalid(
      `Invalid partition decorator: ${spec}; a table partitioned by ${type} takes ${'YYYYMMDDHH'.slice(0, LENGTH[type])}`,
    )
  const end = `${start} + INTERVAL 1 ${type}`
  const kind = field?.type === 'DATE' ? 'DATE' : field?.type === 'DATETIME' ? 'TIMESTAMP' : undefined
  const as = (sql: string) => (kind ? `CAST(${sql} AS ${kind})` : `timezone('UTC', ${sql})`)
  return `${column} >= ${as(start)} AND ${column} < ${as(end)}`
}

/** `TIMESTAMP '…'` of YYYYMMDDHH, or of as much of it as the unit needs. */
function firstMoment(decorator: string, type: Unit): string | undefined {
  if (decorator.length !== LENGTH[type] || !/^\d+$/.test(decorator)) return undefined
  const [, year = '', month = '01', day = '01', hour = '00'] = /^(\d{4})(\d\d)?(\d\d)?(\d\d)?$/.exec(decorator) ?? []
  const text = `${year}-${month}-${day}T${hour}:00:00.000Z`
  const time = new Date(text)
  return Number.isNaN(time.getTime()) || time.toISOString() !== text
    ? undefined
    : `TIMESTAMP '${year}-${month}-${day} ${hour}:00:00'`
}

/** `tables.delete` of a partition: deletes its rows and keeps the table. */
export async function deletePartition({db}: Context, table: Table, decorator: string): Promise<void> {
  const condition = partitionFilter(table, decorator)
  if (table.fields) await db.write(connection => connection.run(`DELETE FROM ${duckName(table)} WHERE ${condition}`))
}
