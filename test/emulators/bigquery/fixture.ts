import {BigQuery, type Table} from '@google-cloud/bigquery'
import {
  type FaultAction,
  type LocalCloud,
  type LocalCloudOptions,
  startLocalCloud,
} from '../../../lib/emulators/index.ts'

/** A clock that moves when told to; it starts at noon of 2024-06-15, UTC. */
export class TestClock {
  time = Date.UTC(2024, 5, 15, 12)

  now(): number {
    return this.time
  }

  advance(ms: number): void {
    this.time += ms
  }
}

/** What a test of the local BigQuery works with. */
export interface Fixture {
  cloud: LocalCloud
  clock: TestClock
  /** The official client, without retries. */
  bigquery: BigQuery
  /** Makes the table `d.NAME` (by default `d.t`) with these columns. */
  table(fields: object[] | string, options?: {name?: string} & Record<string, unknown>): Promise<Table>
  /** Rows of a query. */
  rows(query: string, params?: Record<string, unknown> | unknown[]): Promise<Record<string, unknown>[]>
  /** Lets the next call of this name be hit by a fault. */
  fault(call: string, action: FaultAction, times?: number): void
}

/** One local cloud for a suite, back at the start before each test, with the empty dataset `d`. */
export function useBigQuery(options: LocalCloudOptions = {}): Fixture {
  const clock = new TestClock()
  const fixture = {clock} as Fixture
  before(async () => {
    fixture.cloud = await startLocalCloud({services: ['bigquery'], clock, ...options})
    fixture.bigquery = clientOf(fixture.cloud)
  })
  beforeEach(async () => {
    await fixture.cloud.reset()
    clock.time = Date.UTC(2024, 5, 15, 12)
    await fixture.bigquery.createDataset('d')
    fixture.cloud.log.clear()
  })
  after(() => fixture.cloud.close())
  fixture.table = async (fields, {name = 't', ...metadata} = {}) => {
    const [table] = await fixture.bigquery.dataset('d').createTable(name, {...metadata, schema: fields})
    return table
  }
  fixture.rows = async (query, params) => (await fixture.bigquery.query({query, ...(params && {params})}))[0]
  fixture.fault = (call, action, times = 1) => {
    fixture.cloud.faults.add({match: {call}, times, do: action})
  }
  return fixture
}

/** An official client that shows every failure at once. */
export function clientOf(cloud: LocalCloud): BigQuery {
  return new BigQuery({...cloud.clientOptions.bigquery, autoRetry: false})
}

/** What the client makes of a failed request or of rows that were refused. */
export interface Failure extends Error {
  code?: number
  errors: {reason: string; message: string}[]
  response?: {insertErrors?: RowFailure[]; body?: string}
}

export interface RowFailure {
  index: number
  errors: {reason: string; location: string; debugInfo: string; message: string}[]
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise
  } catch (error) {
    return error as Failure
  }
  throw new Error('expected a rejection')
}

/** Sends rows as they are, once, and gives the errors of rows by index. */
export async function insertRaw(
  table: Table,
  rows: unknown[],
  options: {skipInvalidRows?: boolean; ignoreUnknownValues?: boolean; templateSuffix?: string} = {},
): Promise<Record<number, string>> {
  const errors = await rowFailures(
    table,
    rows.map(json => ({json})),
    options,
  )
  return Object.fromEntries(errors.map(({index, errors: [first]}) => [index, first?.message || first?.reason || '']))
}

/** Sends `{insertId?, json}` rows as they are, once, and gives the reply's insertErrors. */
export async function rowFailures(table: Table, rows: unknown[], options: object = {}): Promise<RowFailure[]> {
  try {
    await table.insert(rows, {raw: true, partialRetries: 0, ...options})
    return []
  } catch (error) {
    const refused = (error as Failure).response?.insertErrors
    if (!refused) throw error
    return refused
  }
}
