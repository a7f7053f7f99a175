import {setTimeout as sleep} from 'node:timers/promises'
import type {Service, ServiceOptions} from '../service/service.ts'
import {Catalog, duckName} from './catalog/catalog.ts'
import {Database} from './catalog/database.ts'
import type {Table} from './catalog/resources.ts'
import type {JobContext} from './jobs/job-context.ts'
import {JobStore} from './jobs/job-store.ts'
import {route} from './routes.ts'

/** How long `close()` waits for queries to end once they are cancelled. */
const CLOSE_GRACE_MS = 5000

/**
 * The BigQuery v2 REST API on a DuckDB file in `dir`: datasets, tables, insertAll, tabledata.list and query jobs.
 *
 * Throws `ERR_SLUICE_EMULATOR` when DuckDB (`@duckdb/node-api`) is not installed or another local cloud has `dir` open.
 */
export async function createBigQueryService({dir, project, clock}: ServiceOptions): Promise<Service> {
  const db = await Database.open(dir)
  const catalog = await Catalog.load(db, clock)
  const context: JobContext = {db, catalog, jobs: new JobStore(clock), clock}
  return {
    name: 'bigquery',
    handle: request => {
      const {handler, ids} = route(request)
      return handler(context, request, ids)
    },
    async contents() {
      const all = catalog.datasets(project).flatMap(({tables}) => [...tables.values()])
      const count = async (table: Table) => {
        const [[rows] = []] = await db.read(`SELECT count(*) FROM ${duckName(table)}`)
        return {name: `${table.dataset.id}.${table.id}`, rows: Number(rows)}
      }
      return {tables: await Promise.all(all.map(count))}
    },
    async reset() {
      await context.jobs.cancelAll()
      context.jobs.clear()
      await catalog.reset()
    },
    async close() {
      // DuckDB cannot be interrupted everywhere; a query that does not end in time ends on its own, and then frees the file.
      const closed = context.jobs.cancelAll().then(() => db.close())
      const timer = new AbortController()
      await Promise.race([closed, sleep(CLOSE_GRACE_MS, undefined, {ref: false, signal: timer.signal}).catch(() => {})])
      timer.abort()
    },
  }
}
