import {ApiError} from '../service/api-error.ts'
import type {ServiceRequest} from '../service/service.ts'
import {type Handler, ok} from './catalog/context.ts'
import {insertAll} from './inserts/insert-all.ts'
import type {JobHandler} from './jobs/job-context.ts'
import {cancelJob, deleteJob, getJob, getQueryResults, insertJob, listJobs, query} from './jobs/jobs.ts'
import {unsupported} from './model/errors.ts'
import {resourceName} from './model/names.ts'
import {deleteDataset, getDataset, insertDataset, listDatasets, patchDataset} from './tables/datasets.ts'
import {listTableData} from './tables/tabledata-list.ts'
import {deleteTable, getTable, insertTable, listTables, patchTable} from './tables/tables.ts'
import {testTablePermissions} from './tables/test-permissions.ts'

const listProjects: Handler = async () => ok({kind: 'bigquery#projectList', projects: []})

const getServiceAccount: Handler = async (_context, request, [project = '']) => {
  request.authorize('bigquery.jobs.create', resourceName.project(project))
  return ok({kind: 'bigquery#getServiceAccountResponse', email: `bq-local@${project}.local`})
}

const notSupported =
  (what: string): Handler =>
  async () => {
    throw unsupported(what)
  }

/** Method and path; `*` stands for one segment, which the handler gets decoded. */
const ROUTES: [method: string, path: string, handler: JobHandler][] = [
  ['GET', '/projects', listProjects],
  ['GET', '/projects/*/serviceAccount', getServiceAccount],
  ['GET', '/projects/*/datasets', listDatasets],
  ['POST', '/projects/*/datasets', insertDataset],
  ['GET', '/projects/*/datasets/*', getDataset],
  ['PATCH', '/projects/*/datasets/*', patchDataset],
  ['PUT', '/projects/*/datasets/*', patchDataset],
  ['DELETE', '/projects/*/datasets/*', deleteDataset],
  ['GET', '/projects/*/datasets/*/tables', listTables],
  ['POST', '/projects/*/datasets/*/tables', insertTable],
  ['GET', '/projects/*/datasets/*/tables/*', getTable],
  ['PATCH', '/projects/*/datasets/*/tables/*', patchTable],
  ['PUT', '/projects/*/datasets/*/tables/*', patchTable],
  ['DELETE', '/projects/*/datasets/*/tables/*', deleteTable],
  ['POST', '/projects/*/datasets/*/tables/*:testIamPermissions', testTablePermissions],
  ['POST', '/projects/*/datasets/*/tables/*/insertAll', insertAll],
  ['GET', '/projects/*/datasets/*/tables/*/data', listTableData],
  ['POST', '/projects/*/queries', query],
  ['GET', '/projects/*/queries/*', getQueryResults],
  ['POST', '/projects/*/jobs', insertJob],
  ['GET', '/projects/*/jobs', listJobs],
  ['GET', '/projects/*/jobs/*', getJob],
  ['POST', '/projects/*/jobs/*/cancel', cancelJob],
  ['DELETE', '/projects/*/jobs/*/delete', deleteJob],
  ['POST', '/upload/projects/*/jobs', notSupported('a load job (upload)')],
]

const COMPILED = ROUTES.map(([method, path, handler]) => {
  return {method, handler, pattern: new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`)}
})

/** Finds the handler of a request. Throws 400 for unsupported parts of the API, 404 for unknown paths. */
export function route(request: ServiceRequest): {handler: JobHandler; ids: string[]} {
  for (const {method, pattern, handler} of COMPILED) {
    const match = method === request.method && pattern.exec(request.path)
    if (match) return {handler, ids: match.slice(1).map(decode)}
  }
  const part = /^\/projects\/[^/]+\/datasets\/[^/]+\/(models|routines|tables\/[^/]+\/rowAccessPolicies)/.exec(
    request.path,
  )
  if (part) throw unsupported(`the resource ${part[1]}`)
  throw new ApiError(404, 'notFound', `local emulator: no such method: ${request.method} ${request.path}`)
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new ApiError(400, 'invalid', `Invalid path segment: ${segment}`)
  }
}
