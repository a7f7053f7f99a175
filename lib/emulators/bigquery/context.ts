import type {ServiceReply, ServiceRequest} from '../service.ts'
import type {Catalog} from './catalog.ts'
import type {Database} from './database.ts'
import type {JobStore} from './job-store.ts'

/** What every handler of the BigQuery service works with. */
export interface Context {
  readonly db: Database
  readonly catalog: Catalog
  readonly jobs: JobStore
  readonly clock: {now(): number}
}

/** Answers one kind of request; `ids` are the path's variable parts in order: project, dataset, table or job. */
export type Handler = (context: Context, request: ServiceRequest, ids: readonly string[]) => Promise<ServiceReply>

/** A 200 with a JSON body. */
export function ok(body: object): ServiceReply {
  return {status: 200, body}
}

/** Names of resources, as permissions are asked for. */
export const resourceName = {
  project: (project: string) => `projects/${project}`,
  dataset: (project: string, dataset: string) => `projects/${project}/datasets/${dataset}`,
  table: (project: string, dataset: string, table: string) => `projects/${project}/datasets/${dataset}/tables/${table}`,
}
