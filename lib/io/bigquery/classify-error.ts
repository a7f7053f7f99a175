import {CallTimeout, type Retryable} from '../../batching/index.ts'
import {parseRetryAfter, UnexpectedAnswer} from '../../util/index.ts'
import {BigQueryError, type BigQueryErrorKind} from './bigquery-error.ts'

const MINUTE = 60_000

/** The parts of an HTTP answer that matter here. */
export interface HttpAnswer {
  status: number
  /** Parsed JSON, or text: proxies answer in HTML. */
  data: unknown
  header(name: string): string | undefined
}

const TRANSIENT_STATUS = new Set([408, 429, 500, 502, 503, 504, 511])
const TRANSIENT_REASON = new Set([
  'backendError',
  'internalError',
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'timeout',
])
const TOO_LARGE = /payload size exceeds|request (is )?too large|too many rows|entity too large/i

/** The error of an answer that does not fit the call, such as `BigQuery tables.get`. */
export function unexpectedAnswer(call: string, problem: string, answer: HttpAnswer): BigQueryError {
  const {status, data: body} = answer
  const [contentType, redirect] = [answer.header('content-type'), answer.header('location')]
  const cause = new UnexpectedAnswer(call, problem, {status, body, contentType, redirect})
  // a page that refuses access will refuse it again
  return new BigQueryError(status === 401 || status === 403 ? 'permanent' : 'transient', cause.message, {status, cause})
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
  if (reason === 'quotaExceeded') return 'quota'
  if (status === 413 || (status === 400 && TOO_LARGE.test(message))) return 'size'
  if (TRANSIENT_STATUS.has(status) || TRANSIENT_REASON.has(reason)) return 'transient'
  if (status === 401) return 'credentials'
  if (status === 403) return reason === 'billingNotEnabled' ? 'permanent' : 'permission'
  if (status === 404) return 'notFound'
  return status === 409 ? 'conflict' : 'permanent'
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
  const kind = CERTIFICATE.test(reason) ? 'permanent' : refused || unknown ? 'unreachable' : 'transient'
  return new BigQueryError(kind, message ?? String(error), {reason, cause: error})
}

/** How a failed call is retried; undefined if it is not. */
export function retryOf(error: unknown): Retryable | undefined {
  if (error instanceof CallTimeout) return {kind: 'transient'}
  if (!(error instanceof BigQueryError)) return undefined
  const {kind, retryAfterMs: retryAfter} = error
  switch (kind) {
    case 'transient':
      return {kind, retryAfter}
    case 'quota':
      return {kind, within: 10 * MINUTE, retryAfter}
    case 'unreachable':
      return {kind, within: 3000}
    default:
      return undefined
  }
}
