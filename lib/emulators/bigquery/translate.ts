import {duckName, type Table} from './catalog.ts'
import {type Context, resourceName} from './context.ts'
import {invalidQuery} from './errors.ts'
import {encodeName, tableName} from './names.ts'
import {type BoundParameter, parameterSql} from './query-parameters.ts'
import type {QueryRequest} from './query-request.ts'
import {resolvePath} from './sql-path.ts'
import {type LookUp, rewriteSql} from './sql-rewrite.ts'

/** Rewrites a statement for DuckDB, finding and authorizing the tables that it names. */
export function translate(
  {catalog}: Context,
  request: QueryRequest,
  query: string,
  parameters: readonly BoundParameter[],
) {
  const tables = new Set<Table>()
  let writes = false
  const lookUp: LookUp = (parts, access) => {
    const path = resolvePath(parts, request.defaults)
    const resource = resourceName.table(path.project, path.dataset, path.table)
    request.authorize(access === 'write' ? 'bigquery.tables.updateData' : 'bigquery.tables.getData', resource)
    const table = catalog.table(path.project, path.dataset, path.table)
    if (!table.fields)
      throw invalidQuery(`Table ${tableName(path.project, path.dataset, path.table)} does not have a schema.`)
    tables.add(table)
    writes ||= access === 'write'
    return {sql: duckName(table), alias: encodeName(table.id) === table.id ? undefined : table.id}
  }
  return {sql: rewriteSql(query, lookUp, key => parameterSql(parameters, key)), tables: [...tables], writes}
}
