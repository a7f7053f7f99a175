import type {ServiceReply, ServiceRequest} from '../../service/service.ts'
import type {JobStore} from '../jobs/job-store.ts'
import {tableName} from '../model/names.ts'
import type {Catalog} from './catalog.ts'
import type {Database} from './database.ts'

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

/** Names of resources, as messages about missing permissions write them. */
export const resourceName = {
  project: (project: string) => `Project ${project}`,
  dataset: (project: string, dataset: string) => `Dataset ${project}:${dataset}`,
  table: (project: string, dataset: string, table: string) => `Table ${tableName(project, dataset, table)}`,
}
