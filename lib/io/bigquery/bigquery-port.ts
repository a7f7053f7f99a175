import type {TableReference} from './tables/table-reference.ts'

/** A table reference whose project is known. */
export interface ResolvedTable extends TableReference {
  project: string
}

/** A table as the API answers. */
export interface TableResource {
  schema?: {fields?: unknown[]}
  [property: string]: unknown
}

/** One entry of insertAll's answer. */
export interface InsertError {
  index?: number
  errors?: {reason?: string; location?: string; message?: string; debugInfo?: string}[]
}

/** The job of a query. */
export interface QueryJob {
  jobId: string
  location?: string
}

/** A page of a query's rows, or what is known of a query that still runs. */
export interface QueryPage {
  jobComplete: boolean
  jobReference?: QueryJob
  schema?: {fields?: unknown[]}
  rows?: object[]
  pageToken?: string
  totalRows?: string
}

/** What is needed of BigQuery; every failure is a `BigQueryError`. */
export interface BigQueryPort {
  /** Project of the credentials or the environment. */
  projectId(): Promise<string>
  /** Needs `bigquery.tables.get`. */
  getTable(table: ResolvedTable, signal: AbortSignal): Promise<TableResource>
  /** Needs `bigquery.datasets.get`. */
  getDataset(table: ResolvedTable, signal: AbortSignal): Promise<{location?: string}>
  /** Those of the permissions that there are on the table; needs none. */
  testPermissions(table: ResolvedTable, permissions: readonly string[], signal: AbortSignal): Promise<string[]>
  /** Needs `bigquery.tables.create` on the dataset. */
  createTable(table: ResolvedTable, resource: object, signal: AbortSignal): Promise<TableResource>
  /** Sends a ready body (with so many rows); needs `bigquery.tables.updateData`. Resolves with the rows' errors. */
  insertAll(table: ResolvedTable, body: Buffer, signal: AbortSignal, rows?: number): Promise<InsertError[]>
  /** Runs a query; needs `bigquery.jobs.create` on the project. The job may not be complete yet. */
  query(project: string, request: object, signal: AbortSignal): Promise<QueryPage>
  /** Waits for a query, or gives a further page of its rows. */
  queryResults(project: string, job: QueryJob, pageToken: string | undefined, signal: AbortSignal): Promise<QueryPage>
}
