import type {TableReference} from './table-reference.ts'

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

/** What the sink needs of BigQuery; every failure is a `BigQueryError`. */
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
  /** Sends a ready body; needs `bigquery.tables.updateData`. Resolves with the rows' errors. */
  insertAll(table: ResolvedTable, body: Buffer, signal: AbortSignal): Promise<InsertError[]>
}
