import type {DuckDBConnection} from '@duckdb/node-api'
import {duckName, tableColumns} from '../catalog/catalog.ts'
import type {Context} from '../catalog/context.ts'
import {type Handler, ok} from '../catalog/context.ts'
import type {Properties, Table} from '../catalog/resources.ts'
import {invalid} from '../model/errors.ts'
import {isTableId, quoteName, resourceName, splitDecorator, tableName} from '../model/names.ts'
import {findField, parseFields, shownFields, type TableField} from '../model/table-field.ts'
import {typeSql} from '../values/duckdb-types.ts'
import {deletePartition, partitionFilter} from './partition-filter.ts'
import {checkIfMatch, checkPartitioning, checkTableKind, patchProperties, pickProperties} from './properties.ts'
import {slicePage} from './result-pages.ts'
import {compareSchemas} from './schema-change.ts'
import {tableSize} from './table-size.ts'

const SETTABLE = [
  'clustering',
  'description',
  'expirationTime',
  'friendlyName',
  'labels',
  'rangePartitioning',
  'requirePartitionFilter',
  'timePartitioning',
]

type TableBody = Properties & {tableReference?: {tableId?: unknown}; schema?: {fields?: unknown} | null}

export const insertTable: Handler = async (context, request, [project = '', datasetId = '']) => {
  const {catalog} = context
  request.authorize('bigquery.tables.create', resourceName.dataset(project, datasetId))
  const dataset = catalog.dataset(project, datasetId)
  const body = await request.json<TableBody>()
  const id = body.tableReference?.tableId
  if (!isTableId(id))
    throw invalid(
      `Invalid table ID "${String(id)}". Table IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
    )
  checkTableKind(body)
  const fields = body.schema?.fields === undefined ? undefined : parseFields(body.schema.fields)
  const properties = pickProperties(body, SETTABLE)
  checkPartitioning(properties, fields)
  return ok(await resource(context, await catalog.createTable(dataset, id, fields, properties)))
}

/** With a partition decorator, rows and bytes are those of the partition. */
export const getTable: Handler = async (context, request, [project = '', dataset = '', tableId = '']) => {
  const {id, decorator} = splitDecorator(tableId)
  request.authorize('bigquery.tables.get', resourceName.table(project, dataset, id))
  const table = context.catalog.table(project, dataset, id)
  partitionFilter(table, decorator)
  return ok(await resource(context, table, decorator))
}

export const listTables: Handler = async ({catalog}, request, [project = '', datasetId = '']) => {
  request.authorize('bigquery.tables.list', resourceName.dataset(project, datasetId))
  const all = [...catalog.dataset(project, datasetId).tables.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const {items, nextPageToken} = slicePage(all, name => request.query.get(name))
  const tables = items.map(table => {
    const {labels, timePartitioning, rangePartitioning, clustering, expirationTime, friendlyName} = table.properties
    const shown = {labels, timePartitioning, rangePartitioning, clustering, expirationTime, friendlyName}
    return {...identity(table), kind: 'bigquery#table', creationTime: String(table.created), ...shown}
  })
  const list = {...(tables.length > 0 && {tables}), totalItems: all.length, nextPageToken}
  return ok({kind: 'bigquery#tableList', etag: 'list', ...list})
}

/** PATCH and PUT: additive changes of the schema, and metadata. */
export const patchTable: Handler = async (context, request, [project = '', dataset = '', id = '']) => {
  request.authorize('bigquery.tables.update', resourceName.table(project, dataset, id))
  const table = context.catalog.table(project, dataset, id)
  const body = await request.json<TableBody>()
  checkTableKind(body)
  const given = body.schema?.fields === undefined ? undefined : parseFields(body.schema.fields)
  await context.catalog.update(table, async connection => {
    checkIfMatch(request, table.etag)
    const properties = patchProperties(table.properties, body, SETTABLE)
    checkPartitioningChange(table, properties)
    checkPartitioning(properties, given ?? table.fields)
    return given ? {properties, fields: await changeSchema(connection, table, given)} : {properties}
  })
  return ok(await resource(context, table))
}

export const deleteTable: Handler = async (context, request, [project = '', dataset = '', tableId = '']) => {
  const {id, decorator} = splitDecorator(tableId)
  request.authorize('bigquery.tables.delete', resourceName.table(project, dataset, id))
  const table = context.catalog.table(project, dataset, id)
  if (decorator === undefined) await context.catalog.deleteTable(table)
  else await deletePartition(context, table, decorator)
  return {status: 204}
}

/** Alters a table's columns so that it has the given schema; gives its fields in the order that BigQuery keeps. */
async function changeSchema(connection: DuckDBConnection, table: Table, given: TableField[]): Promise<TableField[]> {
  const name = duckName(table)
  const old = table.fields
  if (!old) {
    await connection.run(`CREATE TABLE ${name} (${tableColumns(given, table.properties)})`)
    return given
  }
  const change = compareSchemas(tableName(table.project, table.dataset.id, table.id), old, given)
  const next = [...old.map(field => findField(given, field.name) ?? field), ...change.added]
  if (change.nested) await rebuild(connection, name, tableColumns(next, table.properties))
  else {
    for (const field of change.added)
      await connection.run(`ALTER TABLE ${name} ADD COLUMN ${quoteName(field.name)} ${typeSql(field)}`)
    for (const field of change.relaxed)
      await connection.run(`ALTER TABLE ${name} ALTER ${quoteName(field.name)} DROP NOT NULL`)
  }
  return next
}

/** ALTER of a field inside a STRUCT leaves a log that DuckDB 1.5 cannot replay after a crash, hence a new table. */
async function rebuild(connection: DuckDBConnection, name: string, columns: string): Promise<void> {
  const schema = name.slice(0, name.lastIndexOf('."'))
  const rebuilt = `${schema}."^rebuilt"`
  await connection.run(`CREATE TABLE ${rebuilt} (${columns})`)
  await connection.run(`INSERT INTO ${rebuilt} BY NAME SELECT * FROM ${name}`)
  await connection.run(`DROP TABLE ${name}`)
  await connection.run(`ALTER TABLE ${rebuilt} RENAME TO ${name.slice(schema.length + 1)}`)
}

function checkPartitioningChange(table: Table, next: Properties): void {
  const key = (properties: Properties) => {
    const time = properties.timePartitioning as {type?: string; field?: string} | undefined
    return JSON.stringify([time?.type, time?.field, properties.rangePartitioning])
  }
  if (key(table.properties) !== key(next))
    throw invalid('Cannot convert partitioned/clustered table to another partitioning.')
}

function identity(table: Table) {
  const reference = {projectId: table.project, datasetId: table.dataset.id, tableId: table.id}
  return {id: tableName(table.project, table.dataset.id, table.id), tableReference: reference, type: 'TABLE'}
}

/** The Table resource. */
async function resource({db}: Context, table: Table, decorator?: string): Promise<object> {
  const {rows, bytes} = await tableSize(db, table, decorator)
  return {
    kind: 'bigquery#table',
    etag: table.etag,
    ...identity(table),
    ...(table.fields && {schema: {fields: shownFields(table.fields)}}),
    creationTime: String(table.created),
    lastModifiedTime: String(table.modified),
    location: table.dataset.properties.location,
    numRows: rows,
    numBytes: bytes,
    numTotalLogicalBytes: bytes,
    numLongTermBytes: '0',
    ...table.properties,
  }
}
