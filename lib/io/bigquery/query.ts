import type {BigQuery} from '@google-cloud/bigquery'
import {checkOptionNames, messageOf, SluiceError} from '../../errors/index.ts'
import {checkClient, makeClient} from './bigquery-client.ts'

/** Options of {@link queryRows}. */
export interface QueryOptions {
  /** Values of `@name` in the query, by name; a bigint is an INT64. */
  params?: Readonly<Record<string, unknown>>
  /** Project that the query runs in; default: that of the client, the environment or the credentials. */
  project?: string
  /** A ready client; default: one made from Application Default Credentials and the environment. */
  client?: BigQuery
}

/**
 * Runs a query and gives its rows one by one, page after page as they are asked for: for a look at results, not for tables of
 * any size.
 *
 * Values are plain: INT64 is a number, or a bigint where a number would not hold it; NUMERIC, dates and times are text as
 * BigQuery writes it; BYTES are base64; a NULL is null. Needs `bigquery.jobs.create` on the project and
 * `bigquery.tables.getData` on the tables.
 *
 * @throws {SluiceError} `ERR_SLUICE_OPTION`; `ERR_SLUICE_BIGQUERY` with what BigQuery says
 *
 * @example
 * for await (const row of queryRows('SELECT 1 AS n')) console.log(row) // {n: 1}
 */
export async function* queryRows(query: string, options: QueryOptions = {}): AsyncGenerator<Record<string, unknown>> {
  checkOptionNames('queryRows', options, ['params', 'project', 'client'])
  checkClient('queryRows', options.client)
  const client = options.client ?? (await makeClient(options.project))
  const {params} = options
  const request = {
    query,
    wrapIntegers: true,
    ...(params && Object.keys(params).length > 0 && {params: parameter(client, params) as Record<string, unknown>}),
  }
  try {
    for await (const row of client.createQueryStream(request)) yield plain(row) as Record<string, unknown>
  } catch (cause) {
    throw new SluiceError('ERR_SLUICE_BIGQUERY', `the query failed: ${messageOf(cause)}`, {cause})
  }
}

/** The client takes an INT64 beyond 2^53 as an object of its own only. */
function parameter(client: BigQuery, value: unknown): unknown {
  if (typeof value === 'bigint') return client.int(String(value))
  if (Array.isArray(value)) return value.map(each => parameter(client, each))
  if (typeof value !== 'object' || value === null || value.constructor !== Object) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, parameter(client, each)]))
}

/** The client's own classes hold their text in `value`. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Buffer.isBuffer(value)) return value.toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  const {name} = value.constructor
  if (name === 'Big') return String(value)
  const {value: text} = value as {value?: unknown}
  if (name === 'BigQueryInt') return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text as string)
  if (name !== 'Object') return text
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}
