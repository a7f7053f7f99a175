export {unsupported} from '../../service/google-error.ts'

import {ApiError} from '../../service/api-error.ts'
import {tableName} from './names.ts'

/** How an error inside a job (or a row) is described. */
interface ErrorProto {
  reason: string
  message: string
  location?: string
}

/** HTTP status of a job's error when it is the answer to a request, as in BigQuery's table of error messages. */
const STATUS: Record<string, number> = {
  accessDenied: 403,
  backendError: 503,
  billingNotEnabled: 403,
  blocked: 403,
  duplicate: 409,
  internalError: 500,
  invalid: 400,
  invalidQuery: 400,
  notFound: 404,
  notImplemented: 400,
  quotaExceeded: 403,
  rateLimitExceeded: 403,
  resourceInUse: 400,
  resourcesExceeded: 400,
  responseTooLarge: 403,
  stopped: 400,
  tableUnavailable: 400,
  timeout: 400,
}

/** An error of a job as the answer to the request that asked for its result. */
export function jobApiError(error: ErrorProto): ApiError {
  return new ApiError(STATUS[error.reason] ?? 400, error.reason, error.message)
}

/** 400 for a malformed resource or argument. */
export function invalid(message: string): ApiError {
  return new ApiError(400, 'invalid', message)
}

/** 400 for SQL that cannot be run. */
export function invalidQuery(message: string): ApiError {
  return new ApiError(400, 'invalidQuery', message)
}

/** 400 for SQL that BigQuery can run and this emulator cannot. */
export function unsupportedSql(what: string): ApiError {
  return invalidQuery(`local emulator: ${what} is not supported`)
}

export function datasetNotFound(project: string, dataset: string): ApiError {
  return new ApiError(404, 'notFound', `Not found: Dataset ${project}:${dataset}`)
}

export function tableNotFound(project: string, dataset: string, table: string): ApiError {
  return new ApiError(404, 'notFound', `Not found: Table ${tableName(project, dataset, table)}`)
}

export function alreadyExists(kind: 'Dataset' | 'Table' | 'Job', name: string): ApiError {
  return new ApiError(409, 'duplicate', `Already Exists: ${kind} ${name}`)
}
