import type {DuckDBConnection} from '@duckdb/node-api'
import {duckName} from '../catalog/catalog.ts'
import type {Context} from '../catalog/context.ts'
import type {Table} from '../catalog/resources.ts'
import {rowsForTable} from '../googlesql/statements/statements.ts'
import {quoteId, typeOfField} from '../googlesql/syntax/types.ts'
import {alreadyExists, invalidQuery, tableNotFound} from '../model/errors.ts'
import {resourceName, tableName} from '../model/names.ts'
import type {BoundParameter} from './query-parameters.ts'
import type {Destination, QueryRequest} from './query-request.ts'
import {execute, fetchAll, prepare, type QueryResult, resultFields} from './statement.ts'
import type {TranslatedQuery} from './translate.ts'

/** Writes a query's result into a table, within the caller's transaction, and gives the table's rows. */
export async function writeDestination(
  context: Context,
  connection: DuckDBConnection,
  request: QueryRequest,
  destination: Destination,
  {sql, columns}: TranslatedQuery,
  parameters: readonly BoundParameter[],
): Promise<QueryResult> {
  const {catalog} = context
  const {project, dataset: datasetId, table: id} = destination.path
  refuseUnnamed(columns, destination)
  const fields = resultFields(columns)
  const dataset = catalog.dataset(project, datasetId)
  const old = dataset.tables.get(id)
  await checkDestination(connection, request, destination, old)
  const append = old?.fields && destination.write === 'WRITE_APPEND'
  const replaced = old && !append
  try {
    if (replaced) await catalog.deleteTable(old, connection)
    const table = append ? old : await catalog.createTable(dataset, id, fields, old?.properties ?? {}, connection)
    const named = fields.map(field => quoteId(field.name)).join(', ')
    const source = `SELECT * FROM (${sql}) AS "~result"(${named})`
    const asColumns = fields.map(field => ({name: field.name, type: typeOfField(field)}))
    const rows = rowsForTable(asColumns, source, table.fields ?? fields)
    const list = rows.names.map(quoteId).join(', ')
    await execute(await prepare(connection, `INSERT INTO ${duckName(table)} (${list}) ${rows.sql}`, parameters))
    const all = (table.fields ?? fields).map(field => ({name: field.name, type: typeOfField(field)}))
    return await fetchAll(
      context,
      await prepare(connection, `SELECT ${all.map(({name}) => quoteId(name)).join(', ')} FROM ${duckName(table)}`, []),
      all,
    )
  } catch (error) {
    // The transaction is rolled back, so the catalog's memory must be too.
    if (old) dataset.tables.set(id, old)
    else dataset.tables.delete(id)
    throw error
  }
}

function refuseUnnamed(columns: TranslatedQuery['columns'], destination: Destination): void {
  const unnamed = columns.findIndex(({name}) => name === '')
  if (unnamed >= 0 && destination.write === 'WRITE_NEW')
    throw invalidQuery(`CREATE TABLE columns must be named, but column ${unnamed + 1} has no name`)
}

/** Refuses a table that the caller may not write to, or that the dispositions exclude. */
async function checkDestination(
  connection: DuckDBConnection,
  request: QueryRequest,
  {path: {project, dataset, table}, create, write}: Destination,
  old: Table | undefined,
): Promise<void> {
  if (old) request.authorize('bigquery.tables.updateData', resourceName.table(project, dataset, table))
  else request.authorize('bigquery.tables.create', resourceName.dataset(project, dataset))
  if (!old && create === 'CREATE_NEVER') throw tableNotFound(project, dataset, table)
  if (old && (write === 'WRITE_NEW' || (write === 'WRITE_EMPTY' && (await hasRows(connection, duckName(old))))))
    throw alreadyExists('Table', tableName(project, dataset, table))
}

async function hasRows(connection: DuckDBConnection, name: string): Promise<boolean> {
  return (await connection.runAndReadAll(`SELECT 1 FROM ${name} LIMIT 1`)).currentRowCount > 0
}
