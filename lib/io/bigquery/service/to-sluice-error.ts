import {CallTimeout, RETRY_POLICY} from '../../../batching/index.ts'
import {isTransient, messageOf, SluiceError, type SluiceErrorCode} from '../../../errors/index.ts'
import {createCommand, formatDuration} from '../../../util/index.ts'
import {BigQueryError, type BigQueryErrorKind, missingResource} from './bigquery-error.ts'
import type {ResolvedTable} from './bigquery-port.ts'
import {isUntrusted} from './classify-error.ts'
import {formatTable} from './table-reference.ts'

/** What a failed call was doing. */
export type BigQueryAction = 'read' | 'create' | 'insert' | 'connect'

const ACTIONS: Record<BigQueryAction, {doing: string; permission: string; role: string}> = {
  read: {doing: 'reading the schema of', permission: 'bigquery.tables.get', role: 'BigQuery Data Editor'},
  create: {doing: 'creating', permission: 'bigquery.tables.create', role: 'BigQuery Data Editor'},
  insert: {doing: 'writing to', permission: 'bigquery.tables.updateData', role: 'BigQuery Data Editor'},
  connect: {doing: 'connecting for', permission: 'bigquery.tables.updateData', role: 'BigQuery Data Editor'},
}

const CODES: Partial<Record<BigQueryErrorKind, SluiceErrorCode>> = {
  'not-found': 'ERR_SLUICE_NOT_FOUND',
  'permission-denied': 'ERR_SLUICE_PERMISSION',
  unauthenticated: 'ERR_SLUICE_CREDENTIALS',
}

/** The error of a failed call: names the resource, what BigQuery answered, the permission and the fix. */
export function toSluiceError(
  stage: string,
  action: BigQueryAction,
  table: ResolvedTable | undefined,
  error: unknown,
): SluiceError {
  if (error instanceof SluiceError) return error
  if (error instanceof CallTimeout)
    return toSluiceError(stage, action, table, new BigQueryError('deadline', error.message, {cause: error}))
  const name = table ? formatTable(table) : 'the table'
  const {doing} = ACTIONS[action]
  if (!(error instanceof BigQueryError))
    return new SluiceError('ERR_SLUICE_BIGQUERY', `${stage}: ${doing} ${name} failed: ${messageOf(error)}`, {
      stage,
      cause: error,
    })
  const said = `${messageOf(error).replace(/\.$/, '')}${facts(error)}`
  return new SluiceError(
    CODES[error.kind] ?? 'ERR_SLUICE_BIGQUERY',
    `${stage}: ${doing} ${name} failed: ${said}. ${fix(error, action, table)}`,
    {stage, cause: error},
  )
}

function facts({status, reason}: BigQueryError): string {
  const parts = [status === 0 ? '' : `HTTP ${status}`, reason].filter(part => part !== '')
  return parts.length === 0 ? '' : ` (${parts.join(' ')})`
}

function fix(error: BigQueryError, action: BigQueryAction, table: ResolvedTable | undefined): string {
  const {permission, role} = ACTIONS[action]
  const {project = 'PROJECT', dataset = 'DATASET'} = table ?? {}
  switch (error.kind) {
    case 'permission-denied':
      return /has not been used|is disabled|accessNotConfigured|SERVICE_DISABLED/.test(error.message + error.reason)
        ? `Enable the API: gcloud services enable bigquery.googleapis.com --project=${project}`
        : `The credentials need ${permission} on ${action === 'create' ? `dataset ${project}.${dataset}` : 'this table'}: ` +
            `grant the role ${role} on dataset ${project}.${dataset}` +
            (action === 'read'
              ? ", or give `schema` and createDisposition: 'CREATE_NEVER', which does not need it"
              : '')
    case 'unauthenticated':
      return (
        'Sign in with `gcloud auth application-default login`, or point GOOGLE_APPLICATION_CREDENTIALS to a key file; ' +
        'for the local cloud set BIGQUERY_EMULATOR_HOST'
      )
    case 'not-found':
      return missing(error, project, dataset)
    case 'unreachable':
      if (isUntrusted(error))
        return 'The certificate of the server is not trusted: give its authority to Node by NODE_EXTRA_CA_CERTS'
      return error.reason === 'ENOTFOUND'
        ? 'No server of that name was found: check the network and its DNS, and BIGQUERY_EMULATOR_HOST if it is set'
        : 'Nothing listens at BIGQUERY_EMULATOR_HOST: start the local cloud (`npx sluice local`), or unset the variable'
    case 'quota-exceeded':
      if (asksTooLong(error)) return `${waitText(error)}; an exhausted quota is retried for at most 10 minutes`
      return 'A quota of the project is used up: see "Quotas and limits" in the console, or write more slowly'
    case 'too-large':
      return 'Lower `maxBytes`'
    default:
      if (!isTransient(error.kind)) return 'Retrying does not help'
      return asksTooLong(error) ? waitText(error) : 'It was retried until the time of `retryFor` was over'
  }
}

/** True if the pause that the server asked for ended the retries: one shorter than ours never does. */
function asksTooLong({retryAfterMs = 0}: BigQueryError): boolean {
  return retryAfterMs > RETRY_POLICY.firstDelay
}

function waitText({retryAfterMs = 0}: BigQueryError): string {
  return (
    `BigQuery asks to wait ${formatDuration(retryAfterMs)} (Retry-After) before the next try, longer than what is left of ` +
    '`retryFor`: run again later, or allow more time'
  )
}

/** The command that creates a dataset. */
export function createDataset(project: string, dataset: string): string {
  return createCommand('BIGQUERY_EMULATOR_HOST', `bq mk --dataset ${project}:${dataset}`, `--dataset ${dataset}`)
}

function missing(error: BigQueryError, project: string, dataset: string): string {
  switch (missingResource(error)) {
    case 'project':
      return `Is the project id ${project} right? Give it with the option \`project\`, or in \`table: 'project.dataset.table'\``
    case 'dataset':
      return `The sink creates tables, not datasets: ${createDataset(project, dataset)}`
    default:
      return "Check the name, or let the sink create the table: createDisposition: 'CREATE_IF_NEEDED' with a `schema`"
  }
}
