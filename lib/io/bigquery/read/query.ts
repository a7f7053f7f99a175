import {randomUUID} from 'node:crypto'
import type {BigQuery} from '@google-cloud/bigquery'
import {callWithRetries, RETRY_POLICY, RetryBudget} from '../../../batching/index.ts'
import {systemClock} from '../../../core/index.ts'
import {checkOptionNames, messageOf, SluiceError} from '../../../errors/index.ts'
import {checkClient, connectBigQuery} from '../service/bigquery-client.ts'
import {BigQueryError} from '../service/bigquery-error.ts'
import {retryOf} from '../service/classify-error.ts'

/** Someone is waiting for the rows: calls are retried for a minute, not for a quarter of an hour. */
const RETRIES = {...RETRY_POLICY, total: 60_000}
const FORMAT = {listParams: {'formatOptions.useInt64Timestamp': true}}

/** Options of {@link queryRows}. */
export interface QueryOptions {
  /** Values of `@name` in the query, by name; a bigint is an INT64. */
  params?: Readonly<Record<string, unknown>> | undefined
  /** Project that the query runs in; default: that of the client, the environment or the credentials. */
  project?: string | undefined
  /** A ready client; default: one made from Application Default Credentials and the environment. */
  client?: BigQuery | undefined
}

/**
 * Runs a query and yields its rows one by one, fetching pages as they are asked for: meant for results, not for whole tables.
 *
 * Values are plain: INT64 is a number, or a bigint where a number would not be exact; NUMERIC, dates and times are text as
 * BigQuery writes it; BYTES are base64; a NULL is null. Needs `bigquery.jobs.create` on the project and
 * `bigquery.tables.getData` on the tables.
 *
 * `Row` describes the columns of the query; it is not checked.
 *
 * @throws {SluiceError} `ERR_SLUICE_OPTION`; `ERR_SLUICE_BIGQUERY` with what BigQuery says
 *
 * @example
 * for await (const row of queryRows<{n: number}>('SELECT 1 AS n')) console.log(row.n) // 1
 */
export function queryRows<Row extends object = Record<string, unknown>>(
  query: string,
  options: QueryOptions = {},
): AsyncGenerator<Row> {
  return queryTable(query, options, () => {}) as AsyncGenerator<Row>
}

/**
 * Like {@link queryRows}, but reports the names of the columns in order before the first row, or at the end without rows: the
 * keys of a row do not keep the order, since whole numbers come first. A statement without a result has no columns.
 */
export async function* queryTable(
  query: string,
  options: QueryOptions,
  columns: (names: readonly string[]) => void,
): AsyncGenerator<Record<string, unknown>> {
  checkOptionNames('queryRows', options, ['params', 'project', 'client'])
  checkClient('queryRows', options.client)
  try {
    const {BigQuery} = await import('@google-cloud/bigquery')
    for await (const {schema, rows = []} of pages(query, options, BigQuery)) {
      columns(((schema as {fields?: {name: string}[]} | undefined)?.fields ?? []).map(({name}) => name))
      const given = BigQuery.mergeSchemaWithRows_(schema as never, rows as never, {wrapIntegers: true, ...FORMAT})
      for (const row of given) yield plain(row) as Record<string, unknown>
    }
  } catch (cause) {
    throw new SluiceError('ERR_SLUICE_BIGQUERY', `the query failed: ${messageOf(cause)}`, {cause})
  }
}

/** The pages of a query's rows, by our own requests: the client takes any answer for a last page. */
async function* pages(query: string, {client, project, params}: QueryOptions, official: typeof BigQuery) {
  const port = await connectBigQuery(client, project)
  const projectId = project ?? (await port.projectId())
  const {signal} = new AbortController()
  const call = <T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const budget = new RetryBudget(RETRIES, systemClock)
    return callWithRetries({policy: RETRIES, clock: systemClock, budget, signal, retryOf}, run)
  }
  const request = {
    query,
    useLegacySql: false,
    formatOptions: {useInt64Timestamp: true},
    // makes a retry the same query
    requestId: randomUUID(),
    ...(params &&
      Object.keys(params).length > 0 && {parameterMode: 'NAMED', queryParameters: parameters(params, official)}),
  }
  let page = await call(inner => port.query(projectId, request, inner))
  const job = page.jobReference
  const seen = new Set<string>()
  let count = 0
  for (;;) {
    while (!page.jobComplete) page = await call(inner => port.queryResults(projectId, job!, undefined, inner))
    count += page.rows?.length ?? 0
    yield page
    const {pageToken, totalRows} = page
    if (!pageToken) {
      if (page.schema && totalRows !== undefined && Number(totalRows) !== count)
        throw new BigQueryError('transport', `the answers had ${count} of ${totalRows} rows`)
      return
    }
    if (seen.has(pageToken)) throw new BigQueryError('transport', 'a page of its rows came twice')
    seen.add(pageToken)
    page = await call(inner => port.queryResults(projectId, job!, pageToken, inner))
  }
}

function parameters(params: Readonly<Record<string, unknown>>, official: typeof BigQuery): object[] {
  return Object.entries(params).map(([name, value]) => ({
    ...official.valueToQueryParameter_(parameter(official, value)),
    name,
  }))
}

/** The client takes an INT64 beyond 2^53 only as an object of its own class. */
function parameter(official: typeof BigQuery, value: unknown): unknown {
  if (typeof value === 'bigint') return official.int(String(value))
  if (Array.isArray(value)) return value.map(each => parameter(official, each))
  if (typeof value !== 'object' || value === null || className(value) !== 'Object') return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, parameter(official, each)]))
}

/** A plain object may have a field `constructor`. */
function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? 'Object' : value.constructor.name
}

/** The client's own classes hold their text in `value`. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Buffer.isBuffer(value)) return value.toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  const name = className(value)
  // String() would write small and large numbers with an exponent
  if (name === 'Big') return (value as {toFixed(): string}).toFixed()
  const {value: text} = value as {value?: unknown}
  if (name === 'BigQueryInt') return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text as string)
  if (name !== 'Object') return text
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}
