import {messageOf, SluiceError} from '../../errors/index.ts'
import {createCommand, formatDuration, parseRetryAfter, UnexpectedAnswer} from '../../util/index.ts'
import {type GcsPath, gcsPath} from './gcs-path.ts'

/** What a failed call means for its caller. */
export interface GcsFailure {
  readonly kind: 'transient' | 'notFound' | 'permission' | 'credentials' | 'permanent'
  readonly status: number | undefined
  /** One line. */
  readonly message: string
  /** Milliseconds that the server asks clients to wait. */
  readonly retryAfter: number | undefined
  /** True if no server was reached. */
  readonly unreachable: boolean
  readonly cause: unknown
}

/** The shape of what the client throws: its ApiError, errors of gaxios and node-fetch, of sockets and streams. */
interface ClientError {
  code?: unknown
  status?: unknown
  errors?: readonly {reason?: string}[]
  response?: {headers?: Record<string, string> & {get?: (name: string) => string | null}}
  type?: unknown
}

const TRANSIENT_STATUS = new Set([408, 429, 500, 502, 503, 504, 511])
const NOBODY_THERE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'])
const BROKEN = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_SOCKET_CLOSED',
  'ERR_STREAM_DESTROYED',
  'HPE_INVALID_CONSTANT',
  'HPE_INVALID_EOF_STATE',
])
const NO_CREDENTIALS =
  /default credentials|invalid_grant|invalid_rapt|invalid_client|unauthorized_client|refresh access token|does not exist, or it is not a file|keyFilename|private key|DECODER routines|credential/i

/** Classifies what a call of Cloud Storage threw; `retryAfter` is the reply's header. */
export function classify(error: unknown, retryAfter?: string): GcsFailure {
  if (error instanceof UnexpectedAnswer) {
    const {status, message} = error
    // a page that refuses will refuse again
    const kind = status === 401 || status === 403 ? 'permanent' : 'transient'
    return {kind, status, message, retryAfter: undefined, unreachable: false, cause: error}
  }
  const given = (typeof error === 'object' && error !== null ? error : {}) as ClientError
  const status = statusOf(given)
  const code = typeof given.code === 'string' ? given.code : undefined
  const text = spoken(messageOf(error).trim())
  const message = text.replace(/\s+/g, ' ').slice(0, 500) || `HTTP ${status}`
  const unreachable = NOBODY_THERE.has(code ?? /\b(E[A-Z_]{4,})\b/.exec(message)?.[1] ?? '')
  const base = {status, message, retryAfter: retryAfterOf(given, retryAfter), unreachable, cause: error}
  return {...base, kind: kindOf(given, status, code, unreachable, message)}
}

/** The body of a failed media request arrives as the error's message, unparsed: JSON from the API, text from elsewhere. */
function spoken(text: string): string {
  if (!text.startsWith('{')) return text
  try {
    return (JSON.parse(text) as {error?: {message?: string}}).error?.message ?? text
  } catch {
    return text
  }
}

function kindOf(
  error: ClientError,
  status: number | undefined,
  code: string | undefined,
  unreachable: boolean,
  message: string,
): GcsFailure['kind'] {
  if (status !== undefined) {
    if (TRANSIENT_STATUS.has(status)) return 'transient'
    if (error.errors?.some(({reason}) => reason === 'rateLimitExceeded' || reason === 'userRateLimitExceeded'))
      return 'transient'
    if (status === 401) return 'credentials'
    if (status === 403) return 'permission'
    if (status === 404) return 'notFound'
    return NO_CREDENTIALS.test(message) ? 'credentials' : 'permanent'
  }
  if (unreachable || (code !== undefined && BROKEN.has(code))) return 'transient'
  if (NO_CREDENTIALS.test(message)) return 'credentials'
  if (error.type === 'system' || error.type === 'request-timeout' || /socket hang up|aborted/.test(message))
    return 'transient'
  return 'permanent'
}

function statusOf({code, status}: ClientError): number | undefined {
  for (const value of [code, status]) {
    const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
    if (typeof number === 'number' && number >= 300 && number < 600) return number
  }
  return undefined
}

function retryAfterOf({response}: ClientError, header: string | undefined): number | undefined {
  const headers = response?.headers
  const value =
    header ?? headers?.['retry-after'] ?? (headers?.get instanceof Function ? headers.get('retry-after') : null)
  return parseRetryAfter(value, Date.now())
}

/** The error for a listing that cannot succeed. */
export function listError(failure: GcsFailure, bucket: string, pattern: string): SluiceError {
  const {message, cause} = failure
  if (failure.kind === 'notFound') return bucketError(bucket, `pattern '${pattern}'`, cause)
  if (failure.kind === 'permission')
    return new SluiceError(
      'ERR_SLUICE_PERMISSION',
      `No permission to list the objects of gs://${bucket} for pattern '${pattern}': storage.objects.list is needed. ` +
        `Grant the job's account roles/storage.objectViewer on the bucket; a path without wildcards needs only ` +
        `storage.objects.get. Cloud Storage says: ${message}`,
      {cause},
    )
  return otherError(failure, `gs://${bucket}`)
}

/** The error for an object that cannot be looked up or read. */
export function objectError(failure: GcsFailure, path: GcsPath): SluiceError {
  const {message, cause} = failure
  const name = gcsPath(path)
  if (failure.kind === 'notFound' && /specified bucket/i.test(message))
    return bucketError(path.bucket, `path '${name}'`, cause)
  if (failure.kind === 'notFound')
    return new SluiceError(
      'ERR_SLUICE_NO_MATCH',
      `No object is named '${name}'. Check bucket and name: gcloud storage ls gs://${path.bucket}; ` +
        "a pattern needs a wildcard, for example '*'",
      {cause},
    )
  if (failure.kind === 'permission')
    return new SluiceError(
      'ERR_SLUICE_PERMISSION',
      `No permission to read ${name} (or it does not exist: without storage.objects.list Cloud Storage does not say which): ` +
        `storage.objects.get is needed. Grant the job's account roles/storage.objectViewer on gs://${path.bucket}. ` +
        `Cloud Storage says: ${message}`,
      {cause},
    )
  return otherError(failure, name)
}

/** The error for an object whose pinned generation is gone. */
export function changedError(path: string, generation: string | undefined, cause: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_OBJECT_CHANGED',
    `${path} was overwritten or deleted while it was being read (generation ${generation} is gone), so what was read may ` +
      'be inconsistent. Run again; write new data under new names',
    {cause},
  )
}

function otherError(failure: GcsFailure, what: string): SluiceError {
  const {kind, message, cause} = failure
  if (kind === 'credentials') return credentialsError(failure, `read ${what}`)
  return new SluiceError('ERR_SLUICE_READ', `${what} could not be read: ${message}`, {cause})
}

/** The command that creates a bucket. */
export function createBucket(bucket: string): string {
  const command = `gcloud storage buckets create gs://${bucket}`
  return createCommand('STORAGE_EMULATOR_HOST', command, `--bucket ${bucket}`)
}

/** The error for a bucket that does not exist; `asked`: the path or pattern that names it. */
export function bucketError(bucket: string, asked: string, cause: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_NOT_FOUND',
    `Bucket gs://${bucket} does not exist (${asked}). Check the name, or create it: ${createBucket(bucket)}`,
    {cause},
  )
}

/** The error for a call without usable credentials; `what`: what needed them, such as `read gs://my-bucket/a`. */
export function credentialsError({message, cause}: GcsFailure, what: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CREDENTIALS',
    `No usable Google Cloud credentials to ${what}. Run \`gcloud auth application-default login\`, or set ` +
      'GOOGLE_APPLICATION_CREDENTIALS to a key file (and STORAGE_EMULATOR_HOST for the local cloud). ' +
      `Cloud Storage says: ${message}`,
    {cause},
  )
}

/** The error when retries end; `why` gives the reason. */
export function gaveUpError({cause}: GcsFailure, what: string, why: string): SluiceError {
  return new SluiceError('ERR_SLUICE_READ', `${what} could not be read: ${why}`, {cause})
}

/** The reason when the server asks for a longer pause than the retry budget leaves. */
export function asksTooLong({message, retryAfter = 0}: GcsFailure, left: number): string {
  return (
    `Cloud Storage asks to wait ${formatDuration(retryAfter)} (Retry-After) before the next try, and the option ` +
    `\`retryFor\` leaves ${formatDuration(left)}: run again then, or allow more time. It says: ${message}`
  )
}

/** The reason when the retry budget is used up. */
export function noProgress({message, unreachable}: GcsFailure, after: string): string {
  const fix = unreachable
    ? 'Nothing answers there: check the network, and STORAGE_EMULATOR_HOST if it is set'
    : 'Run again later, or allow more time with the option `retryFor`'
  return `no progress for ${after}, last error: ${message}. ${fix}`
}
