import type {PathDefaults, TablePath} from '../model/sql-path.ts'
import type {QueryParameter} from './query-parameters.ts'

/** Where a query writes its result. */
export interface Destination {
  path: TablePath
  create: 'CREATE_IF_NEEDED' | 'CREATE_NEVER'
  /** `WRITE_NEW`: the table must not exist (CREATE TABLE AS). */
  write: 'WRITE_EMPTY' | 'WRITE_APPEND' | 'WRITE_TRUNCATE' | 'WRITE_NEW'
}

/** A query as jobs.query or jobs.insert asks for it. */
export interface QueryRequest {
  query: string
  defaults: PathDefaults
  parameters: readonly QueryParameter[]
  dryRun: boolean
  /** How long it may run. */
  timeoutMs: number | undefined
  destination: Destination | undefined
  authorize(permission: string, resource: string): void
}
