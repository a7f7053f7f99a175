import type {DuckDBConnection} from '@duckdb/node-api'
import {deferred} from '../../../util/index.ts'
import {ApiError} from '../../service/api-error.ts'
import type {Context} from '../catalog/context.ts'
import type {Table} from '../catalog/resources.ts'
import {tokenize} from '../googlesql/syntax/lexer.ts'
import {invalidQuery} from '../model/errors.ts'
import type {TablePath} from '../model/sql-path.ts'
import {runDdl} from './ddl.ts'
import {type Limits, watchLimits} from './query-limits.ts'
import {type BoundParameter, bindParameters} from './query-parameters.ts'
import type {QueryRequest} from './query-request.ts'
import {
  type DmlStats,
  execute,
  fetchAll,
  nothing,
  prepare,
  type QueryResult,
  resultFields,
  type Use,
} from './statement.ts'
import {type TranslatedQuery, translate} from './translate.ts'
import {writeDestination} from './write-destination.ts'

export interface RunningQuery {
  readonly result: Promise<QueryResult>
  cancel(): void
}

const DDL = new Set(['CREATE', 'DROP', 'ALTER'])

/** An interrupt that comes between two steps of DuckDB's is lost, so it is repeated. */
const INTERRUPT_MS = 20

/** How long a stopped query may take to end before the job ends without it: DuckDB cannot be interrupted within one value. */
const STOP_GRACE_MS = 1000

/** Starts a query; reads run concurrently, statements that write run one after the other. */
export function startQuery(context: Context, request: QueryRequest, limits?: Partial<Limits>): RunningQuery {
  let stopped: ApiError | undefined
  let current: DuckDBConnection | undefined
  let interrupting: NodeJS.Timeout | undefined
  let abandoning: NodeJS.Timeout | undefined
  const {promise: abandoned, reject: abandon} = deferred<never>()
  let ended = false
  const stop = (why: ApiError) => {
    if (ended) return
    stopped ??= why
    current?.interrupt()
    interrupting ??= setInterval(() => current?.interrupt(), INTERRUPT_MS)
    abandoning ??= setTimeout(abandon, STOP_GRACE_MS, why)
  }
  const use: Use = async (connection, work) => {
    if (stopped) throw stopped
    current = connection
    const unwatch = watchLimits(
      {...limits, ...(request.timeoutMs !== undefined && {milliseconds: request.timeoutMs})},
      stop,
    )
    try {
      return await work()
    } catch (error) {
      throw stopped ?? error
    } finally {
      unwatch()
      current = undefined
    }
  }
  const ending = run(context, request, use).finally(() => {
    ended = true
    clearInterval(interrupting)
    clearTimeout(abandoning)
  })
  // An abandoned query frees its connection, or its turn to write, when it ends.
  const result = Promise.race([ending, abandoned])
  return {
    result,
    cancel: () => stop(new ApiError(400, 'stopped', 'Job execution was cancelled: User requested cancellation')),
  }
}

async function run(context: Context, request: QueryRequest, use: Use): Promise<QueryResult> {
  const verb = tokenize(request.query)[0]?.upper
  if (verb === undefined) throw invalidQuery('Syntax error: Unexpected end of statement')
  if (DDL.has(verb)) return runDdl(context, request, use)
  const parameters = bindParameters(context.db.duck, request.parameters)
  const translated = translate(context, request, request.query, parameters)
  const tables = translated.tables.map(pathOf)
  const {destination} = request
  if (destination && translated.kind === 'SELECT' && !request.dryRun)
    return context.db.write(connection =>
      use(connection, async () => {
        const result = await writeDestination(context, connection, request, destination, translated, parameters)
        return {...result, tables}
      }),
    )
  if (translated.kind !== 'SELECT' && !request.dryRun)
    return context.db.write(connection =>
      use(connection, async () => {
        const changed = await change(connection, translated, parameters)
        return {...nothing(), statementType: translated.kind, changed, tables}
      }),
    )
  const connection = await context.db.connect()
  try {
    return await use(connection, async () => {
      const statement = await prepare(connection, translated.sql, parameters)
      const {columns, kind} = translated
      const result = request.dryRun
        ? {...nothing(), fields: resultFields(columns)}
        : await fetchAll(context, statement, columns)
      return {...result, statementType: kind, tables}
    })
  } finally {
    connection.closeSync()
  }
}

/** Runs a statement that changes rows, and counts them. */
async function change(
  connection: DuckDBConnection,
  translated: TranslatedQuery,
  parameters: readonly BoundParameter[],
): Promise<DmlStats> {
  const {sql, kind, check} = translated
  if (check) {
    const found = await execute(await prepare(connection, check, parameters))
    if ((await found.fetchAllChunks()).some(chunk => chunk.rowCount > 0))
      throw invalidQuery('UPDATE/MERGE must match at most one source row for each target row')
  }
  const result = await execute(await prepare(connection, sql, parameters))
  for (const assign of translated.afterwards) await connection.run(assign)
  const stats: DmlStats = {inserted: 0, updated: 0, deleted: 0}
  if (kind === 'MERGE') {
    const key = {INSERT: 'inserted', UPDATE: 'updated', DELETE: 'deleted'} as const
    for (const [action] of await result.getRows()) stats[key[action as keyof typeof key]]++
    return stats
  }
  stats[kind === 'INSERT' ? 'inserted' : kind === 'UPDATE' ? 'updated' : 'deleted'] = result.rowsChanged
  return stats
}

function pathOf(table: Table): TablePath {
  return {project: table.project, dataset: table.dataset.id, table: table.id}
}
