import {nameInStacks} from '../../errors/index.ts'
import {parseRetryAfter, UnexpectedAnswer} from '../../util/index.ts'

/**
 * What a failure means: `transient` and `quota` may pass, `size` asks for smaller requests, `unreachable` is an emulator
 * that is not there, `conflict` something that exists already.
 */
export type BigQueryErrorKind =
  | 'transient'
  | 'quota'
  | 'size'
  | 'notFound'
  | 'conflict'
  | 'permission'
  | 'credentials'
  | 'unreachable'
  | 'permanent'

/**
 * A failed call to BigQuery, whatever the client threw; the `cause` of the SluiceError that a sink fails with.
 *
 * @example
 * try {
 *   await chain(readFromCsv('orders.csv'), writeToBigQuery({table: 'shop.orders'}))
 * } catch (error) {
 *   const {cause} = error as SluiceError
 *   if (cause instanceof BigQueryError && cause.kind === 'quota') console.error('try again later')
 * }
 */
export class BigQueryError extends Error {
  readonly kind: BigQueryErrorKind
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** BigQuery's reason, such as `rateLimitExceeded`, or the code of a network error. */
  readonly reason: string
  /** The pause that the server asked for, ms. */
  readonly retryAfterMs: number | undefined

  constructor(
    kind: BigQueryErrorKind,
    message: string,
    facts: {
      status?: number | undefined
      reason?: string | undefined
      retryAfterMs?: number | undefined
      cause?: unknown
    } = {},
  ) {
    nameInStacks(new.target)
    super(message, 'cause' in facts ? {cause: facts.cause} : undefined)
    this.name = 'BigQueryError'
    this.kind = kind
    this.status = facts.status ?? 0
    this.reason = facts.reason ?? ''
    this.retryAfterMs = facts.retryAfterMs
  }
}

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

/** True for a 404. */
export function isNotFound(error: unknown): boolean {
  return error instanceof BigQueryError && error.kind === 'notFound'
}

/** Which resource a 404 is about: BigQuery says `Not found: Dataset p:d`. */
export function missingResource({message}: BigQueryError): 'project' | 'dataset' | 'table' {
  const match = /\b(project|dataset|table)\b/i.exec(message.replace(/^not found:\s*/i, ''))
  return (match?.[1]?.toLowerCase() ?? 'table') as 'project' | 'dataset' | 'table'
}
