import type {DuckDBConnection, DuckDBPreparedStatement} from '@duckdb/node-api'
import type {Table} from './catalog.ts'
import type {Context} from './context.ts'
import {runDdl} from './ddl.ts'
import {invalidQuery, unsupported} from './errors.ts'
import {checkMerge} from './merge-check.ts'
import {bindParameters} from './query-parameters.ts'
import type {QueryRequest} from './query-request.ts'
import {tokenize} from './sql-lexer.ts'
import type {TablePath} from './sql-path.ts'
import {execute, fetchAll, nothing, prepare, preparedColumns, type QueryResult} from './statement.ts'
import {translate} from './translate.ts'
import {writeDestination} from './write-destination.ts'

export interface RunningQuery {
  readonly result: Promise<QueryResult>
  cancel(): void
}

const STATEMENTS = new Set(['SELECT', 'WITH', 'FROM', 'VALUES', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE', '('])
const DDL = new Set(['CREATE', 'DROP', 'ALTER'])

/** Starts a query; reads run beside each other, statements that write one after the other. */
export function startQuery(context: Context, request: QueryRequest): RunningQuery {
  let cancelled = false
  let current: DuckDBConnection | undefined
  const use = (connection: DuckDBConnection) => {
    if (cancelled) throw invalidQuery('cancelled')
    current = connection
  }
  const result = run(context, request, use).finally(() => {
    current = undefined
  })
  return {
    result,
    cancel() {
      cancelled = true
      current?.interrupt()
    },
  }
}

async function run(context: Context, request: QueryRequest, use: (c: DuckDBConnection) => void): Promise<QueryResult> {
  const first = tokenize(request.query)[0]
  const verb = first?.upper ?? ''
  if (!first) throw invalidQuery('Syntax error: Unexpected end of statement')
  if (DDL.has(verb)) return runDdl(context, request, use)
  if (!STATEMENTS.has(verb)) throw unsupported(`the statement ${verb} is`)
  const {sql, tables, writes} = translate(context, request, request.query)
  const parameters = bindParameters(context.db.duck, request.parameters)
  const tablePaths = tables.map(pathOf)

  if (request.destination && !writes && !request.dryRun) {
    const {destination} = request
    return context.db.write(async connection => {
      use(connection)
      const result = await writeDestination(context, connection, request, destination, sql, parameters)
      return {...result, tables: tablePaths}
    })
  }
  if (writes && !request.dryRun)
    return context.db.write(async connection => {
      use(connection)
      await checkMerge(connection, sql, parameters)
      const statement = await prepare(connection, sql, parameters)
      const {rowsChanged} = await execute(statement)
      return {
        ...nothing(),
        statementType: statementType(verb, context, statement),
        affected: rowsChanged,
        tables: tablePaths,
      }
    })
  const connection = await context.db.connect()
  try {
    use(connection)
    const statement = await prepare(connection, sql, parameters)
    const type = statementType(verb, context, statement)
    const result = request.dryRun ? nothing() : await fetchAll(context, statement)
    const fields = request.dryRun && !writes ? preparedColumns(context, statement) : result.fields
    return {...result, fields, statementType: type, tables: tablePaths}
  } finally {
    connection.closeSync()
  }
}

function statementType(verb: string, {db}: Context, statement: DuckDBPreparedStatement): string {
  if (verb === 'TRUNCATE') return 'TRUNCATE_TABLE'
  const type = db.duck.StatementType[statement.statementType]
  if (type === 'MERGE_INTO') return 'MERGE'
  if (type === 'SELECT' || type === 'INSERT' || type === 'UPDATE' || type === 'DELETE') return type
  throw unsupported(`the statement ${type ?? verb} is`)
}

function pathOf(table: Table): TablePath {
  return {project: table.project, dataset: table.dataset.id, table: table.id}
}
