import type {DuckDBConnection, DuckDBDataChunk, DuckDBPreparedStatement, DuckDBType} from '@duckdb/node-api'
import {messageOf} from '../../errors/index.ts'
import {ApiError} from '../service.ts'
import type {Context} from './context.ts'
import {invalidQuery, unsupportedSql} from './errors.ts'
import type {BoundParameter} from './query-parameters.ts'
import {resultColumns} from './result-columns.ts'
import type {TablePath} from './sql-path.ts'
import type {TableField} from './table-field.ts'

/** What a query gave. */
export interface QueryResult {
  statementType: string
  fields: TableField[]
  types: readonly DuckDBType[]
  chunks: readonly DuckDBDataChunk[]
  rowCount: number
  /** Rows that DML has changed. */
  affected: number | undefined
  tables: readonly TablePath[]
}

/** Runs `work` on a connection, on which it can be interrupted meanwhile. */
export type Use = <T>(connection: DuckDBConnection, work: () => Promise<T>) => Promise<T>

/** Prepares the one statement of `sql`. 400 invalidQuery with DuckDB's message when it cannot be. */
export async function prepare(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly BoundParameter[],
): Promise<DuckDBPreparedStatement> {
  return orInvalidQuery(async () => {
    const statements = await connection.extractStatements(sql)
    if (statements.count !== 1) throw unsupportedSql('a script of several statements')
    const statement = await statements.prepare(0)
    for (let i = 1; i <= statement.parameterCount; i++) {
      const name = statement.parameterName(i)
      const parameter =
        parameters.find(p => p.name === name) ?? (/^\d+$/.test(name) ? parameters[Number(name) - 1] : undefined)
      if (!parameter)
        throw invalidQuery(
          /^\d+$/.test(name) ? `Query parameter number ${name} is not given` : `Query parameter '${name}' not found`,
        )
      statement.bindValue(i, parameter.value, parameter.type)
    }
    return statement
  })
}

/** Runs a prepared statement to its end. 400 invalidQuery with DuckDB's message when that fails. */
export function execute(statement: DuckDBPreparedStatement) {
  return orInvalidQuery(() => statement.run())
}

/** Runs a prepared query and takes its rows. */
export async function fetchAll({db}: Context, statement: DuckDBPreparedStatement): Promise<QueryResult> {
  const result = await execute(statement)
  const types = result.columnTypes()
  const fields = resultColumns(db.duck, result.columnNames(), types)
  const chunks = await result.fetchAllChunks()
  const rowCount = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0)
  return {...nothing(), fields, types, chunks, rowCount}
}

/** The schema that a prepared query's result will have. */
export function preparedColumns({db}: Context, statement: DuckDBPreparedStatement): TableField[] {
  const indexes = Array.from({length: statement.columnCount}, (_, i) => i)
  const names = indexes.map(i => statement.columnName(i))
  return resultColumns(
    db.duck,
    names,
    indexes.map(i => statement.columnType(i)),
  )
}

export function nothing(): QueryResult {
  return {statementType: 'SELECT', fields: [], types: [], chunks: [], rowCount: 0, affected: undefined, tables: []}
}

async function orInvalidQuery<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApiError) throw error
    const message = messageOf(error)
      .replace(/\n+LINE \d+:[\s\S]*$/, '')
      .trim()
    throw invalidQuery(`${message} (said by DuckDB: the local emulator runs DuckDB's SQL)`)
  }
}
