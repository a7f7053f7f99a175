import type {TableReference} from './table-reference.ts'

/** A table reference with a known project. */
export interface ResolvedTable extends TableReference {
  project: string
}

/** A table as the API returns it. */
export interface TableResource {
  schema?: {fields?: unknown[]}
  [property: string]: unknown
}

/** One entry of the answer to insertAll. */
export interface InsertError {
  index?: number
  errors?: {reason?: string; location?: string; message?: string; debugInfo?: string}[]
}

/** The job of a query. */
export interface QueryJob {
  jobId: string
  location?: string
}

/** A page of query results, or the state of a query that still runs. */
export interface QueryPage {
  jobComplete: boolean
  jobReference?: QueryJob
  schema?: {fields?: unknown[]}
  rows?: object[]
  pageToken?: string
  totalRows?: string
}

/** What sluice asks of BigQuery; every failure is a `BigQueryError`. */
export interface BigQueryPort {
  /** The project of the client, the environment or the credentials. */
  projectId(): Promise<string>
  /** A table; needs `bigquery.tables.get`. */
  getTable(table: ResolvedTable, signal: AbortSignal): Promise<TableResource>
  /** A dataset; needs `bigquery.datasets.get`. */
  getDataset(table: ResolvedTable, signal: AbortSignal): Promise<{location?: string}>
  /** The permissions that are granted on the table; needs none itself. */
  testPermissions(table: ResolvedTable, permissions: readonly string[], signal: AbortSignal): Promise<string[]>
  /** Creates a table; needs `bigquery.tables.create` on the dataset. */
  createTable(table: ResolvedTable, resource: object, signal: AbortSignal): Promise<TableResource>
  /** Sends a body with `rows` rows; needs `bigquery.tables.updateData`. Resolves with the errors of rows. */
  insertAll(table: ResolvedTable, body: Buffer, signal: AbortSignal, rows?: number): Promise<InsertError[]>
  /** Runs a query; needs `bigquery.jobs.create` on the project. The job may not be complete yet. */
  query(project: string, request: object, signal: AbortSignal): Promise<QueryPage>
  /** Waits for a query, or fetches a further page of its rows. */
  queryResults(project: string, job: QueryJob, pageToken: string | undefined, signal: AbortSignal): Promise<QueryPage>
}
