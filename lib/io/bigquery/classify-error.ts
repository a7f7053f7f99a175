import {CallTimeout, type Retryable} from '../../batching/index.ts'
import {parseRetryAfter, UnexpectedAnswer} from '../../util/index.ts'
import {BigQueryError, type BigQueryErrorKind} from './bigquery-error.ts'

const MINUTE = 60_000

/** An HTTP answer, as far as it matters here. */
export interface HttpAnswer {
  status: number
  /** Parsed JSON, or text (proxies answer in HTML). */
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

/** The error of an answer that is not one to the call that was made, such as `BigQuery tables.get`. */
export function unexpectedAnswer(call: string, problem: string, answer: HttpAnswer): BigQueryError {
  const {status, data: body} = answer
  const [contentType, redirect] = [answer.header('content-type'), answer.header('location')]
  const cause = new UnexpectedAnswer(call, problem, {status, body, contentType, redirect})
  // a page that refuses does so the next time, too
  return new BigQueryError(status === 401 || status === 403 ? 'permanent' : 'transient', cause.message, {status, cause})
}

/** The error behind an answer to a call that is not 2xx. */
export function errorOfAnswer(answer: HttpAnswer, now: number, call = 'BigQuery'): BigQueryError {
  const {status, data} = answer
  if (status < 400) return unexpectedAnswer(call, 'it is a redirect, and BigQuery gives none', answer)
  if ([401, 403, 404, 409].includes(status) && typeof data === 'string' && /^\s*</.test(data))
    return unexpectedAnswer(call, 'it is a page, not an error of the API', answer)
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

/** A page may be of any length; this many of its characters are looked through for text to show. */
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

/** No certificate gets better by waiting. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT)/

/** The error behind a call that got no (whole) answer. */
export function errorOfConnection(error: unknown, service: {loopback: boolean; reached: boolean}): BigQueryError {
  const {code, message, cause} = error as {code?: unknown; message?: string; cause?: {code?: unknown}}
  const reason = String(code ?? cause?.code ?? '')
  const refused = reason === 'ECONNREFUSED' && service.loopback
  const unknown = reason === 'ENOTFOUND' && !service.reached
  const kind = CERTIFICATE.test(reason) ? 'permanent' : refused || unknown ? 'unreachable' : 'transient'
  return new BigQueryError(kind, message ?? String(error), {reason, cause: error})
}

/** Whether a failed call is worth another try, and for how long. */
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
