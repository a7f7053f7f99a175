import type {DuckDBDateValue, DuckDBTimestampValue, DuckDBValue} from '@duckdb/node-api'
import type {Table} from '../catalog/resources.ts'
import {invalid} from '../model/errors.ts'
import {tableName} from '../model/names.ts'
import {dateText} from '../values/civil-time.ts'
import {CellError} from '../values/coerce-cell.ts'

const DAY_MS = 86_400_000
const DAY_MICROS = 86_400_000_000n

interface TimePartitioning {
  type: 'DAY' | 'HOUR' | 'MONTH' | 'YEAR'
  field?: string
}

/** Returns the error of a coerced row that may not be streamed into the table's partitions; `undefined` for others. */
type CheckBounds = (values: readonly DuckDBValue[]) => CellError | undefined

/** How many characters of YYYYMMDDHH name a partition. */
const DECORATOR_LENGTH = {YEAR: 4, MONTH: 6, DAY: 8, HOUR: 10}

/**
 * The checks of streaming into a partitioned table. A decorator far from today is refused as a whole (400), a row whose
 * partitioning column is far from today, or in another partition than the decorator's, by itself.
 */
export function partitionBounds(table: Table, decorator: string | undefined, now: number): CheckBounds {
  const time = table.properties.timePartitioning as TimePartitioning | undefined
  const name = tableName(table.project, table.dataset.id, table.id)
  if (decorator !== undefined) checkDecorator(table, time, decorator, now)
  const column = time?.field === undefined ? -1 : columnOf(table, time.field)
  if (!time || column < 0) return () => undefined
  const today = Math.floor(now / DAY_MS)
  return values => {
    const value = values[column] as DuckDBDateValue | DuckDBTimestampValue | null | undefined
    if (value === null || value === undefined) return undefined
    const micros = 'days' in value ? BigInt(value.days) * DAY_MICROS : value.micros
    const shown = 'days' in value ? dateText(value.days) : String(value.micros)
    const day = Number(micros / DAY_MICROS) - (micros % DAY_MICROS < 0n ? 1 : 0)
    const field = time.field ?? ''
    if (day < today - 1825 || day > today + 366)
      return new CellError(
        `Value ${shown} for partition column ${field} of the destination table ${name} is outside the allowed bounds. You can only stream to partitions of date range within 1825 days in the past and 366 days in the future relative to the current date.`,
        field,
      )
    const partition = new Date(Number(micros / 1000n)).toISOString().replace(/[^\d]/g, '')
    if (decorator === undefined || partition.startsWith(decorator)) return undefined
    return new CellError(
      `Value ${shown} of partition column ${field} is not in partition ${table.id}$${decorator}.`,
      field,
    )
  }
}

function checkDecorator(table: Table, time: TimePartitioning | undefined, decorator: string, now: number): void {
  const spec = `${table.id}$${decorator}`
  if (table.properties.rangePartitioning) {
    if (!/^-?\d+$/.test(decorator)) throw invalid(`Invalid partition decorator: ${spec}`)
    return
  }
  if (!time) throw invalid(`Table ${table.id} is not partitioned; it cannot be written to through ${spec}.`)
  const length = DECORATOR_LENGTH[time.type]
  const padded = decorator + '00000101'.slice(decorator.length, 8)
  const start = Date.parse(
    `${padded.slice(0, 4)}-${padded.slice(4, 6)}-${padded.slice(6, 8)}T${padded.slice(8, 10) || '00'}:00:00Z`,
  )
  if (decorator.length !== length || !/^\d+$/.test(decorator) || Number.isNaN(start))
    throw invalid(
      `Invalid partition decorator: ${spec}; a table partitioned by ${time.type} takes ${'YYYYMMDDHH'.slice(0, length)}`,
    )
  const today = Math.floor(now / DAY_MS) * DAY_MS
  if (start >= today - 31 * DAY_MS && start <= today + 16 * DAY_MS) return
  if (time.type === 'MONTH' || time.type === 'YEAR') {
    const end = new Date(start)
    if (time.type === 'MONTH') end.setUTCMonth(end.getUTCMonth() + 1)
    else end.setUTCFullYear(end.getUTCFullYear() + 1)
    if (start <= today && end.getTime() > today - 31 * DAY_MS) return
  }
  throw invalid(
    `The destination table's partition ${spec} is outside the allowed bounds. You can only stream to partitions within 31 days in the past and 16 days in the future relative to the current date.`,
  )
}

function columnOf(table: Table, field: string): number {
  return (table.fields ?? []).findIndex(f => f.name.toLowerCase() === field.toLowerCase())
}
