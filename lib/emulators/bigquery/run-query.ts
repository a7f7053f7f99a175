import type {DuckDBConnection, DuckDBPreparedStatement} from '@duckdb/node-api'
import type {Table} from './catalog.ts'
import type {Context} from './context.ts'
import {runDdl} from './ddl.ts'
import {invalidQuery, unsupportedSql} from './errors.ts'
import {checkMerge} from './merge-check.ts'
import {bindParameters} from './query-parameters.ts'
import type {QueryRequest} from './query-request.ts'
import {tokenize} from './sql-lexer.ts'
import type {TablePath} from './sql-path.ts'
import {execute, fetchAll, nothing, prepare, preparedColumns, type QueryResult, type Use} from './statement.ts'
import {translate} from './translate.ts'
import {writeDestination} from './write-destination.ts'

export interface RunningQuery {
  readonly result: Promise<QueryResult>
  cancel(): void
}

const STATEMENTS = new Set(['SELECT', 'WITH', 'FROM', 'VALUES', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE', '('])
const DDL = new Set(['CREATE', 'DROP', 'ALTER'])

/** An interrupt that comes between two steps of DuckDB's is lost, so it is repeated. */
const INTERRUPT_MS = 20

/** Starts a query; reads run beside each other, statements that write one after the other. */
export function startQuery(context: Context, request: QueryRequest): RunningQuery {
  let cancelled = false
  let current: DuckDBConnection | undefined
  let interrupting: NodeJS.Timeout | undefined
  const use: Use = async (connection, work) => {
    if (cancelled) throw invalidQuery('The job was cancelled.')
    current = connection
    try {
      return await work()
    } finally {
      current = undefined
    }
  }
  let ended = false
  const result = run(context, request, use).finally(() => {
    ended = true
    clearInterval(interrupting)
  })
  return {
    result,
    cancel() {
      if (ended) return
      cancelled = true
      current?.interrupt()
      interrupting ??= setInterval(() => current?.interrupt(), INTERRUPT_MS)
    },
  }
}

async function run(context: Context, request: QueryRequest, use: Use): Promise<QueryResult> {
  const first = tokenize(request.query)[0]
  const verb = first?.upper ?? ''
  if (!first) throw invalidQuery('Syntax error: Unexpected end of statement')
  if (DDL.has(verb)) return runDdl(context, request, use)
  if (!STATEMENTS.has(verb)) throw unsupportedSql(`the statement ${verb}`)
  const parameters = bindParameters(context.db.duck, request.parameters)
  const {sql, tables, writes} = translate(context, request, request.query, parameters)
  const tablePaths = tables.map(pathOf)

  if (request.destination && !writes && !request.dryRun) {
    const {destination} = request
    return context.db.write(connection =>
      use(connection, async () => {
        const result = await writeDestination(context, connection, request, destination, sql, parameters)
        return {...result, tables: tablePaths}
      }),
    )
  }
  if (writes && !request.dryRun)
    return context.db.write(connection =>
      use(connection, async () => {
        await checkMerge(connection, sql, parameters)
        const statement = await prepare(connection, sql, parameters)
        const type = statementType(verb, context, statement)
        const {rowsChanged} = await execute(statement)
        return {...nothing(), statementType: type, affected: rowsChanged, tables: tablePaths}
      }),
    )
  const connection = await context.db.connect()
  try {
    return await use(connection, async () => {
      const statement = await prepare(connection, sql, parameters)
      const type = statementType(verb, context, statement)
      const result = request.dryRun ? nothing() : await fetchAll(context, statement)
      const fields = request.dryRun && !writes ? preparedColumns(context, statement) : result.fields
      return {...result, fields, statementType: type, tables: tablePaths}
    })
  } finally {
    connection.closeSync()
  }
}

function statementType(verb: string, {db}: Context, statement: DuckDBPreparedStatement): string {
  if (verb === 'TRUNCATE') return 'TRUNCATE_TABLE'
  const type = db.duck.StatementType[statement.statementType]
  if (type === 'MERGE_INTO') return 'MERGE'
  if (type === 'SELECT' || type === 'INSERT' || type === 'UPDATE' || type === 'DELETE') return type
  throw unsupportedSql(`the statement ${type ?? verb}`)
}

function pathOf(table: Table): TablePath {
  return {project: table.project, dataset: table.dataset.id, table: table.id}
}
