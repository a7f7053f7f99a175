import type {ServiceReply, ServiceRequest} from '../../service/service.ts'
import type {Catalog} from './catalog.ts'
import type {Database} from './database.ts'

/** What the handlers of the BigQuery service work with; those of jobs have more. */
export interface Context {
  readonly db: Database
  readonly catalog: Catalog
  readonly clock: {now(): number}
}

/** Answers one kind of request; `ids` are the path's variable parts in order: project, dataset, table or job. */
export type Handler<C extends Context = Context> = (
  context: C,
  request: ServiceRequest,
  ids: readonly string[],
) => Promise<ServiceReply>

/** A 200 with a JSON body. */
export function ok(body: object): ServiceReply {
  return {status: 200, body}
}
