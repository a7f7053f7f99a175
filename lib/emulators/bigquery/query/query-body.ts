import type {ServiceRequest} from '../../service/service.ts'
import {invalid, unsupported} from '../model/errors.ts'
import {isTableId} from '../model/names.ts'
import type {QueryParameter} from './query-parameters.ts'
import type {Destination, QueryRequest} from './query-request.ts'

/** The settings that a body of jobs.query and `configuration.query` of jobs.insert have in common. */
export interface QueryBody {
  query?: unknown
  useLegacySql?: unknown
  defaultDataset?: {projectId?: string; datasetId?: string}
  queryParameters?: QueryParameter[]
  destinationTable?: {projectId?: string; datasetId?: string; tableId?: string}
  createDisposition?: string
  writeDisposition?: string
  jobTimeoutMs?: unknown
}

const CREATE = ['CREATE_IF_NEEDED', 'CREATE_NEVER'] as const
const WRITE = ['WRITE_EMPTY', 'WRITE_APPEND', 'WRITE_TRUNCATE'] as const

/** Checks what a client asks for, and completes it. */
export function queryRequest(request: ServiceRequest, project: string, body: QueryBody, dryRun: boolean): QueryRequest {
  if (typeof body.query !== 'string' || body.query.trim() === '') throw invalid('Required parameter is missing: query')
  if (body.useLegacySql !== false) throw unsupported('legacy SQL (useLegacySql: false selects the other one)')
  const dataset = body.defaultDataset?.datasetId
  return {
    query: body.query,
    defaults: {
      project,
      dataset: dataset ? {project: body.defaultDataset?.projectId ?? project, id: dataset} : undefined,
    },
    parameters: body.queryParameters ?? [],
    dryRun,
    timeoutMs: milliseconds(body.jobTimeoutMs),
    destination: destination(project, body),
    authorize: (permission, resource) => request.authorize(permission, resource),
  }
}

function milliseconds(given: unknown): number | undefined {
  if (given === undefined || given === null || given === '') return undefined
  const value = Number(given)
  if (!Number.isInteger(value) || value < 0) throw invalid(`Invalid value for jobTimeoutMs: ${String(given)}`)
  return value > 0 ? value : undefined
}

function destination(project: string, body: QueryBody): Destination | undefined {
  const table = body.destinationTable
  if (!table) return undefined
  const {datasetId, tableId} = table
  if (!datasetId || !isTableId(tableId)) throw invalid(`Invalid destinationTable: ${JSON.stringify(table)}`)
  return {
    path: {project: table.projectId ?? project, dataset: datasetId, table: tableId},
    create: oneOf('createDisposition', body.createDisposition, CREATE),
    write: oneOf('writeDisposition', body.writeDisposition, WRITE),
  }
}

function oneOf<T extends string>(name: string, given: string | undefined, allowed: readonly [T, ...T[]]): T {
  if (given === undefined || given === '') return allowed[0]
  const found = allowed.find(value => value === given)
  if (!found) throw invalid(`Invalid value for ${name}: ${given} is not a valid value`)
  return found
}
