import type {DuckDBConnection, DuckDBValue} from '@duckdb/node-api'
import {ApiError} from '../../service/api-error.ts'
import type {FaultAction} from '../../service/fault-rules.ts'
import type {ServiceRequest} from '../../service/service.ts'
import {duckName} from '../catalog/catalog.ts'
import {type Context, type Handler, ok} from '../catalog/context.ts'
import {DUCKDB_CATALOG} from '../catalog/database.ts'
import {ingestionType, partitionMicros} from '../catalog/ingestion-time.ts'
import type {Table} from '../catalog/resources.ts'
import {invalid, tableNotFound} from '../model/errors.ts'
import {encodeName, isTableId, resourceName, splitDecorator} from '../model/names.ts'
import {CellError} from '../values/coerce-cell.ts'
import {rowCoercer} from '../values/coerce-row.ts'
import type {Duck} from '../values/duckdb.ts'
import {type InsertRequest, type InsertRow, readInsertRequest} from './insert-request.ts'
import {partitionBounds} from './partition-bounds.ts'
import {fieldsAsOf} from './stale-schema.ts'

interface RowError {
  index: number
  errors: {reason: string; location: string; debugInfo: string; message: string}[]
}

interface GoodRow {
  index: number
  id: string | undefined
  values: DuckDBValue[]
}

const MAX_ROW_BYTES = 10_000_000
const VECTOR_ROWS = 2048

/** `tabledata.insertAll`. */
export const insertAll: Handler = async (context, request, [project = '', dataset = '', tableId = '']) => {
  const {id, decorator} = splitDecorator(tableId)
  request.authorize('bigquery.tables.updateData', resourceName.table(project, dataset, id))
  const given = await readInsertRequest(request)
  if ('reply' in given) return given.reply
  request.note({rows: given.rows.length, insertIds: given.rows.map(row => row.insertId)})
  const table = await destination(context, project, dataset, id, given.templateSuffix)
  checkNotFoundYet(request, table, context.clock.now())

  const outcome = await context.db.write(connection => {
    if (table.dataset.tables.get(table.id) !== table) throw tableNotFound(project, dataset, table.id)
    return insert(context, connection, table, decorator, given, request.faults)
  })
  request.note({stored: outcome.stored, duplicates: outcome.duplicates, refused: outcome.errors.length})
  return ok({
    kind: 'bigquery#tableDataInsertAllResponse',
    ...(outcome.errors.length > 0 && {insertErrors: outcome.errors}),
  })
}

/** The table to write to; with a template suffix one that is made from the addressed table's schema when missing. */
async function destination({catalog}: Context, project: string, datasetId: string, id: string, suffix?: string) {
  const table = catalog.table(project, datasetId, id)
  if (suffix === undefined) return table
  const name = table.id + suffix
  if (!isTableId(name)) throw invalid(`Invalid value for templateSuffix: ${suffix}`)
  const existing = table.dataset.tables.get(name)
  if (existing) return existing
  try {
    return await catalog.createTable(table.dataset, name, table.fields, table.properties)
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'duplicate') return catalog.table(project, datasetId, name)
    throw error
  }
}

/** Production's streaming front ends learn of a new table late; a fault rule can make this one so. */
function checkNotFoundYet(request: ServiceRequest, table: Table, now: number): void {
  for (const fault of request.faults)
    if (fault.kind === 'tableNotFoundAfterCreate' && now - table.created < fault.ms)
      throw tableNotFound(table.project, table.dataset.id, table.id)
}

async function insert(
  {db, clock}: Context,
  connection: DuckDBConnection,
  table: Table,
  decorator: string | undefined,
  given: InsertRequest,
  faults: readonly FaultAction[],
) {
  if (!table.fields)
    throw invalid(`The destination table has no schema: ${table.project}:${table.dataset.id}.${table.id}`)
  const now = clock.now()
  const stale = faults.find(fault => fault.kind === 'staleSchema')
  const fields = stale ? fieldsAsOf(table, now - stale.ms) : table.fields
  const coerce = rowCoercer(db.duck, fields, given.ignoreUnknownValues)
  const outOfBounds = partitionBounds(table, decorator, now)

  const good: GoodRow[] = []
  const bad: RowError[] = []
  const injected: RowError[] = []
  for (const [index, row] of given.rows.entries()) {
    const fault = injectedError(faults, row, index)
    if (fault) {
      injected.push(fault)
      continue
    }
    const values = (given.bytes > MAX_ROW_BYTES && oversize(row)) || coerce(row.json)
    const error = values instanceof CellError ? values : outOfBounds(values)
    if (error) bad.push(rowError(index, 'invalid', error.message, error.location))
    else good.push({index, id: row.insertId, values: values as DuckDBValue[]})
  }
  if (bad.length > 0 && !given.skipInvalidRows) {
    const stopped = good.map(row => rowError(row.index, 'stopped', '', ''))
    return {errors: [...bad, ...injected, ...stopped], stored: 0, duplicates: 0}
  }
  const fresh = withoutDuplicates(table, good, now)
  const type = ingestionType(table.properties)
  const arrival = type && new db.duck.DuckDBTimestampTZValue(partitionMicros(type, decorator, now))
  await append(db.duck, connection, table, fresh, arrival)
  table.dedup.add(
    fresh.flatMap(row => row.id || []),
    now,
  )
  return {errors: [...bad, ...injected], stored: fresh.length, duplicates: good.length - fresh.length}
}

function withoutDuplicates(table: Table, rows: GoodRow[], now: number): GoodRow[] {
  const seen = new Set<string>()
  return rows.filter(({id}) => {
    if (!id) return true
    if (seen.has(id) || table.dedup.has(id, now)) return false
    seen.add(id)
    return true
  })
}

/** `arrival` is the value of the last column of a table partitioned by ingestion time. */
async function append(
  duck: Duck,
  connection: DuckDBConnection,
  table: Table,
  rows: readonly GoodRow[],
  arrival?: DuckDBValue,
) {
  if (rows.length === 0) return
  const appender = await connection.createAppender(encodeName(table.id), table.dataset.schemaName, DUCKDB_CATALOG)
  try {
    const types = Array.from({length: appender.columnCount}, (_, i) => appender.columnType(i))
    const order = await columnOrder(connection, table, arrival !== undefined)
    for (let start = 0; start < rows.length; start += VECTOR_ROWS) {
      const part = rows.slice(start, start + VECTOR_ROWS)
      const chunk = duck.DuckDBDataChunk.create(types)
      chunk.setColumns(
        order.map(column => part.map(row => (column < 0 ? (arrival ?? null) : (row.values[column] ?? null)))),
      )
      appender.appendDataChunk(chunk)
    }
  } finally {
    appender.closeSync()
  }
}

function injectedError(faults: readonly FaultAction[], row: InsertRow, index: number): RowError | undefined {
  for (const fault of faults) {
    if (fault.kind !== 'insertErrors') continue
    const {rows} = fault
    if (Array.isArray(rows) ? rows.includes(index) : rows(row.json as Record<string, unknown>, index))
      return rowError(index, fault.reason, fault.message ?? '', fault.location ?? '')
  }
  return undefined
}

function oversize(row: InsertRow): CellError | undefined {
  const size = Buffer.byteLength(JSON.stringify(row.json ?? null))
  if (size <= MAX_ROW_BYTES) return undefined
  return new CellError(`Maximum allowed row size exceeded. Allowed: ${MAX_ROW_BYTES} Row size: ${size}`, '')
}

function rowError(index: number, reason: string, message: string, location: string): RowError {
  return {index, errors: [{reason, location, debugInfo: '', message}]}
}

/** Which value goes into each of DuckDB's columns; -1 is the time of arrival, which new columns may stand behind. */
async function columnOrder(connection: DuckDBConnection, table: Table, partitioned: boolean): Promise<number[]> {
  const fields = table.fields ?? []
  if (!partitioned) return fields.map((_, i) => i)
  const result = await connection.runAndReadAll(`SELECT * FROM ${duckName(table)} LIMIT 0`)
  return result.columnNames().map(name => fields.findIndex(field => field.name === name))
}
