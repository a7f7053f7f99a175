import type {DuckDBConnection, DuckDBDataChunk, DuckDBPreparedStatement, DuckDBType} from '@duckdb/node-api'
import {messageOf} from '../../../errors/index.ts'
import {ApiError} from '../../service/api-error.ts'
import type {Context} from '../catalog/context.ts'
import {fieldOfType, type ResultColumn} from '../googlesql/statements/statements.ts'
import {invalidQuery} from '../model/errors.ts'
import type {TablePath} from '../model/sql-path.ts'
import type {TableField} from '../model/table-field.ts'
import {duckType} from '../values/duckdb-types.ts'
import type {BoundParameter} from './query-parameters.ts'

/** Rows that DML has changed, by what was done with them. */
export interface DmlStats {
  inserted: number
  updated: number
  deleted: number
}

/** What a query gave. */
export interface QueryResult {
  statementType: string
  fields: TableField[]
  types: readonly DuckDBType[]
  chunks: readonly DuckDBDataChunk[]
  rowCount: number
  /** Of a statement that changes rows. */
  changed: DmlStats | undefined
  tables: readonly TablePath[]
}

/** Runs `work` on a connection, on which it can be interrupted meanwhile. */
export type Use = <T>(connection: DuckDBConnection, work: () => Promise<T>) => Promise<T>

/** A result is kept in memory: one with more rows than this is refused. */
const MAX_ROWS = 5_000_000

/** Prepares the one statement of `sql`. 400 invalidQuery with DuckDB's message when it cannot be. */
export async function prepare(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly BoundParameter[],
): Promise<DuckDBPreparedStatement> {
  return orInvalidQuery(async () => {
    const statement = await connection.prepare(sql)
    for (let i = 1; i <= statement.parameterCount; i++) {
      const name = statement.parameterName(i)
      const parameter =
        parameters.find(p => p.name === name) ?? (/^\d+$/.test(name) ? parameters[Number(name) - 1] : undefined)
      if (!parameter) throw invalidQuery(`Query parameter '${name}' not found`)
      statement.bindValue(i, parameter.value, parameter.type)
    }
    return statement
  })
}

/** Runs a prepared statement to its end. 400 invalidQuery with DuckDB's message when that fails. */
export function execute(statement: DuckDBPreparedStatement) {
  return orInvalidQuery(() => statement.run())
}

/** Runs a prepared query and takes its rows, as they come. */
export async function fetchAll(
  {db}: Context,
  statement: DuckDBPreparedStatement,
  columns: readonly ResultColumn[],
): Promise<QueryResult> {
  return orInvalidQuery(async () => {
    const fields = resultFields(columns)
    const result = await statement.stream()
    const types = result.columnTypes()
    checkTypes(db.duck, fields, types)
    const chunks: DuckDBDataChunk[] = []
    let rowCount = 0
    for (;;) {
      const chunk = await result.fetchChunk()
      if (!chunk || chunk.rowCount === 0) break
      rowCount += chunk.rowCount
      if (rowCount > MAX_ROWS)
        throw new ApiError(
          403,
          'responseTooLarge',
          `Response too large to return: the local emulator keeps at most ${MAX_ROWS} rows of a result; add a LIMIT`,
        )
      chunks.push(chunk)
    }
    return {...nothing(), fields, types, chunks, rowCount}
  })
}

/** The schema of a query's result; expressions without a name are `f0_`, `f1_`, … as in BigQuery. */
export function resultFields(columns: readonly ResultColumn[]): TableField[] {
  let anonymous = 0
  const fields = columns.map(({name, type}) => fieldOfType(name || `f${anonymous++}_`, type))
  const seen = new Set<string>()
  for (const {name} of fields) {
    if (seen.has(name.toLowerCase()))
      throw invalidQuery(`Duplicate column names in the result are not supported. Found duplicate(s): ${name}`)
    seen.add(name.toLowerCase())
  }
  return fields
}

/** A column must have the type that the translation inferred, or its cells would be encoded as another one. */
function checkTypes(duck: Context['db']['duck'], fields: readonly TableField[], types: readonly DuckDBType[]): void {
  for (const [i, field] of fields.entries()) {
    const [wanted, found] = [duckType(duck, field).toString(), String(types[i])]
    if (normal(wanted) !== normal(found))
      throw invalidQuery(
        `local emulator: column ${field.name} is ${found} and not ${wanted}; cast it, and please report this query`,
      )
  }
}

/** JSON is text for the client, and names of fields are DuckDB's own matter. */
function normal(type: string): string {
  return type
    .replaceAll('JSON', 'VARCHAR')
    .replace(/"(?:[^"]|"")*"/g, 'f')
    .toUpperCase()
}

export function nothing(): QueryResult {
  return {statementType: 'SELECT', fields: [], types: [], chunks: [], rowCount: 0, changed: undefined, tables: []}
}

async function orInvalidQuery<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApiError) throw error
    const message = messageOf(error)
      .replace(/\nLINE \d+:[\s\S]*$/, '')
      .trim()
    if (/^Out of Memory Error/.test(message))
      throw new ApiError(
        400,
        'resourcesExceeded',
        'Resources exceeded during query execution: the local emulator gives queries 1 GB of memory and 2 GB of temporary files; make it smaller',
      )
    // Our own functions throw errors in BigQuery's words.
    const own = /^Invalid Input Error: ([\s\S]*)$/.exec(message)?.[1]
    throw invalidQuery(own ?? `${message} (said by DuckDB, which runs the queries of the local emulator)`)
  }
}
