import {CallTimeout, type Retryable} from '../../../batching/index.ts'
import {isTransient} from '../../../errors/index.ts'
import {parseRetryAfter, UnexpectedAnswer} from '../../../util/index.ts'
import {BigQueryError, type BigQueryErrorKind} from './bigquery-error.ts'

const MINUTE = 60_000

/** The parts of an HTTP answer that matter here. */
export interface HttpAnswer {
  status: number
  /** Parsed JSON, or text: proxies answer in HTML. */
  data: unknown
  header(name: string): string | undefined
}

const KIND_OF_REASON = new Map<string, BigQueryErrorKind>([
  ['quotaExceeded', 'quota-exceeded'],
  ['rateLimitExceeded', 'rate-limited'],
  ['userRateLimitExceeded', 'rate-limited'],
  ['backendError', 'unavailable'],
  ['internalError', 'unavailable'],
  ['timeout', 'deadline'],
  ['billingNotEnabled', 'precondition-failed'],
])
const KIND_OF_STATUS: Readonly<Record<number, BigQueryErrorKind>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'permission-denied',
  404: 'not-found',
  408: 'deadline',
  409: 'already-exists',
  412: 'precondition-failed',
  413: 'too-large',
  429: 'rate-limited',
  500: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
  504: 'deadline',
  511: 'unavailable',
}
const TOO_LARGE = /payload size exceeds|request (is )?too large|too many rows|entity too large/i

/** The error of an answer that does not fit the call, such as `BigQuery tables.get`. */
export function unexpectedAnswer(call: string, problem: string, answer: HttpAnswer): BigQueryError {
  const {status, data: body} = answer
  const [contentType, redirect] = [answer.header('content-type'), answer.header('location')]
  const cause = new UnexpectedAnswer(call, problem, {status, body, contentType, redirect})
  // a page that refuses access will refuse it again
  return new BigQueryError(status === 401 || status === 403 ? 'unknown' : 'transport', cause.message, {status, cause})
}

/** The error of an answer whose status is not 2xx. */
export function errorOfAnswer(answer: HttpAnswer, now: number, call = 'BigQuery'): BigQueryError {
  const {status, data} = answer
  if (status < 400) return unexpectedAnswer(call, 'it is a redirect, which BigQuery never sends', answer)
  if ([401, 403, 404, 409].includes(status) && typeof data === 'string' && /^\s*</.test(data))
    return unexpectedAnswer(call, 'it is an HTML page, not an error of the API', answer)
  const error = (data as {error?: GoogleError} | null)?.error
  const reason = error?.errors?.[0]?.reason ?? error?.status ?? ''
  const message = error?.message ?? (textOfHtml(data) || `HTTP ${status}`)
  return new BigQueryError(kindOf(status, reason, message), message, {
    status,
    reason,
    retryAfterMs: parseRetryAfter(answer.header('retry-after'), now),
  })
}

interface GoogleError {
  message?: string
  status?: string
  errors?: {reason?: string; message?: string}[]
}

function kindOf(status: number, reason: string, message: string): BigQueryErrorKind {
  if (status === 400 && TOO_LARGE.test(message)) return 'too-large'
  return KIND_OF_REASON.get(reason) ?? KIND_OF_STATUS[status] ?? 'unknown'
}

/** Characters of an HTML page that are searched for text to show; it may be of any length. */
const PAGE_READ = 100_000

function textOfHtml(data: unknown): string {
  if (typeof data !== 'string') return ''
  return data
    .slice(0, PAGE_READ)
    .replace(/<(style|script)\b(?:[^<]|<(?!\/\1))*/gi, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300)
}

/** Errors of certificates, which do not go away by waiting. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT)/

/** The error of a call without an answer, or with an incomplete one. */
export function errorOfConnection(error: unknown, service: {loopback: boolean; reached: boolean}): BigQueryError {
  const {code, message, cause} = error as {code?: unknown; message?: string; cause?: {code?: unknown}}
  const reason = String(code ?? cause?.code ?? '')
  const refused = reason === 'ECONNREFUSED' && service.loopback
  const unknown = reason === 'ENOTFOUND' && !service.reached
  const kind = refused || unknown || CERTIFICATE.test(reason) ? 'unreachable' : 'transport'
  return new BigQueryError(kind, message ?? String(error), {reason, cause: error})
}

/** How a failed call is retried; undefined if it is not. */
export function retryOf(error: unknown): Retryable | undefined {
  if (error instanceof CallTimeout) return {kind: 'deadline'}
  if (!(error instanceof BigQueryError)) return undefined
  const {kind, retryAfterMs: retryAfter} = error
  if (isTransient(kind)) return {kind, retryAfter}
  if (kind === 'quota-exceeded') return {kind, within: 10 * MINUTE, retryAfter}
  return kind === 'unreachable' && !isUntrusted(error) ? {kind, within: 3000} : undefined
}

/** True for a server whose certificate is not trusted. */
export function isUntrusted({reason}: BigQueryError): boolean {
  return CERTIFICATE.test(reason)
}
