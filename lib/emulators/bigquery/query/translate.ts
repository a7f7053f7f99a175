import {duckName} from '../catalog/catalog.ts'
import type {Context} from '../catalog/context.ts'
import {INGESTION_COLUMN, ingestionType, partitionMicros} from '../catalog/ingestion-time.ts'
import type {Table} from '../catalog/resources.ts'
import {type Translated, translateStatement} from '../googlesql/statements/statements.ts'
import type {FoundTable, Translation} from '../googlesql/typing/scope.ts'
import {invalidQuery, unsupportedSql} from '../model/errors.ts'
import {quoteName, resourceName, tableName} from '../model/names.ts'
import {resolvePath} from '../model/sql-path.ts'
import {type BoundParameter, parameterSql} from './query-parameters.ts'
import type {QueryRequest} from './query-request.ts'

/** A statement for DuckDB, and the tables that it names. */
export interface TranslatedQuery extends Translated {
  tables: Table[]
  /** Statements to run after one that inserts rows. */
  afterwards: string[]
}

/** Translates a statement for DuckDB, finding and authorizing the tables that it names. */
export function translate(
  {catalog, clock}: Context,
  request: QueryRequest,
  query: string,
  parameters: readonly BoundParameter[],
): TranslatedQuery {
  const tables = new Set<Table>()
  const afterwards: string[] = []
  const lookUp = (parts: readonly string[], access: 'read' | 'write'): FoundTable => {
    const path = resolvePath(parts, request.defaults)
    const resource = resourceName.table(path.project, path.dataset, path.table)
    request.authorize(access === 'write' ? 'bigquery.tables.updateData' : 'bigquery.tables.getData', resource)
    const table = catalog.table(path.project, path.dataset, path.table)
    if (!table.fields)
      throw invalidQuery(`Table ${tableName(path.project, path.dataset, path.table)} does not have a schema.`)
    tables.add(table)
    const type = ingestionType(table.properties)
    if (type && access === 'write') {
      const column = quoteName(INGESTION_COLUMN)
      const now = partitionMicros(type, undefined, clock.now())
      afterwards.push(`UPDATE ${duckName(table)} SET ${column} = make_timestamptz(${now}) WHERE ${column} IS NULL`)
    }
    return {sql: duckName(table), id: table.id, fields: table.fields, ...(type && {ingestion: INGESTION_COLUMN})}
  }
  const translation: Omit<Translation, 'query' | 'counter'> = {
    sql: query,
    lookUp,
    parameter: key => parameterSql(parameters, key),
    now: BigInt(Math.floor(clock.now() * 1000)),
  }
  try {
    return {...translateStatement(translation), tables: [...tables], afterwards}
  } catch (error) {
    if (error instanceof RangeError) throw unsupportedSql('a statement that is nested so deeply')
    throw error
  }
}
