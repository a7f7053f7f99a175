import {isTransient, messageOf, type ServiceErrorKind} from '../../errors/index.ts'
import {parseRetryAfter, UnexpectedAnswer} from '../../util/index.ts'

/** What a failed call means for its caller. */
export interface GcsFailure {
  readonly kind: ServiceErrorKind
  readonly status: number | undefined
  /** One line. */
  readonly message: string
  /** Milliseconds that the server asks clients to wait. */
  readonly retryAfter: number | undefined
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

const KINDS: ReadonlyMap<number, ServiceErrorKind> = new Map([
  [400, 'invalid'],
  [401, 'unauthenticated'],
  [403, 'permission-denied'],
  [404, 'not-found'],
  [408, 'deadline'],
  [412, 'precondition-failed'],
  [413, 'too-large'],
  [429, 'rate-limited'],
  [500, 'unavailable'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [504, 'deadline'],
  // a captive portal
  [511, 'transport'],
])
const RATE_LIMITS = new Set(['rateLimitExceeded', 'userRateLimitExceeded'])
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'])
const BROKEN = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_SOCKET_CLOSED',
  'ERR_STREAM_DESTROYED',
  'HPE_INVALID_CONSTANT',
  'HPE_INVALID_EOF_STATE',
])
const NO_CREDENTIALS =
  /default credentials|invalid_grant|invalid_rapt|invalid_client|unauthorized_client|refresh access token|does not exist, or it is not a file|keyFilename|private key|DECODER routines|credential/i

/** Classifies what a call of Cloud Storage threw; `retryAfter` is the reply's header. */
export function classifyError(error: unknown, retryAfter?: string): GcsFailure {
  if (error instanceof UnexpectedAnswer) {
    const {status, message} = error
    // a page that refuses will refuse again
    const kind = status === 401 || status === 403 ? 'unknown' : 'transport'
    return {kind, status, message, retryAfter: undefined, cause: error}
  }
  const given = (typeof error === 'object' && error !== null ? error : {}) as ClientError
  const status = statusOf(given)
  const code = typeof given.code === 'string' ? given.code : undefined
  const text = spoken(messageOf(error).trim())
  const message = text.replace(/\s+/g, ' ').slice(0, 500) || `HTTP ${status}`
  const base = {status, message, retryAfter: retryAfterOf(given, retryAfter), cause: error}
  return {...base, kind: kindOf(given, status, code, message)}
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
  message: string,
): ServiceErrorKind {
  if (status !== undefined) {
    if (error.errors?.some(({reason}) => RATE_LIMITS.has(reason ?? ''))) return 'rate-limited'
    const kind = KINDS.get(status) ?? 'unknown'
    return (kind === 'unknown' || kind === 'invalid') && NO_CREDENTIALS.test(message) ? 'unauthenticated' : kind
  }
  if (UNREACHABLE.has(code ?? /\b(E[A-Z_]{4,})\b/.exec(message)?.[1] ?? '')) return 'unreachable'
  if (code === 'ETIMEDOUT') return 'deadline'
  if (code !== undefined && BROKEN.has(code)) return 'transport'
  if (NO_CREDENTIALS.test(message)) return 'unauthenticated'
  if (error.type === 'request-timeout') return 'deadline'
  return error.type === 'system' || /socket hang up|aborted/.test(message) ? 'transport' : 'unknown'
}

/** True for a failure that is worth another try; an unreachable service only briefly, unless it has answered before. */
export function isRetried({kind}: GcsFailure): boolean {
  return isTransient(kind) || kind === 'unreachable'
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
