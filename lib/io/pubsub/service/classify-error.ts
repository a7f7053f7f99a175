import {messageOf} from '../../../errors/index.ts'
import {isTokenFault, TOKEN_FAULT} from '../../../util/index.ts'
import {PubSubError, type PubSubErrorKind} from './pubsub-error.ts'

/** Kinds of error by gRPC status code; any other code is `unavailable`. */
const KINDS: Readonly<Record<number, PubSubErrorKind>> = {
  3: 'invalid',
  4: 'deadline',
  5: 'not-found',
  6: 'already-exists',
  7: 'permission-denied',
  8: 'rate-limited',
  9: 'precondition-failed',
  11: 'invalid',
  12: 'invalid',
  16: 'unauthenticated',
}

const NO_CREDENTIALS = /default credentials|Unable to detect a Project Id|invalid_grant/i
/** The client could not get a token, which is transient if it has had one before. */
const NO_TOKEN = /Getting metadata from plugin failed/i
const NETWORK = /\b(ECONN\w+|ETIMEDOUT|EAI_AGAIN|EPIPE|ENETUNREACH|EHOSTUNREACH)\b/
/** What grpc reports for responses that are not gRPC. */
const NOT_GRPC =
  /HTTP status|No message received|deserializ|response message parsing|Received RST_STREAM with code 1\b/i
const HTTP_STATUS = /Received HTTP status code (\d+)/
/** Status OK, but no response message. */
const NO_MESSAGE = /^No message received$/
const PROXY =
  'Most likely a proxy without support for gRPC (HTTP/2) answers in its place, or another server has this address: check ' +
  'HTTPS_PROXY and the address of the service'
/** How many characters of a response an error shows. */
const SHOWN = 200
const WRONG_HOST = /Name resolution failed|certificate|ENOTFOUND/i

/**
 * Classifies what Google's client threw.
 *
 * @param reached whether the service has ever answered: until then an unknown host name means a wrong name, afterwards a
 * transient DNS failure
 */
export function classifyError(thrown: unknown, reached: boolean): PubSubError {
  if (thrown instanceof PubSubError) return thrown
  const {code, details} = (thrown ?? {}) as {code?: unknown; details?: unknown}
  const said = (typeof details === 'string' && details) || messageOf(thrown)
  if (isTokenFault(said)) return new PubSubError('transport', `${TOKEN_FAULT} (${said})`, {cause: thrown})
  const grpcCode = typeof code === 'number' ? code : undefined
  const message = grpcCode !== undefined && NOT_GRPC.test(said) ? `${said}. ${PROXY}` : said
  return new PubSubError(kindOf(code, said, reached), message, {cause: thrown, grpcCode, retryAfterMs: pauseOf(thrown)})
}

/** The error for a response that does not fit the call: a transport failure. */
export function unexpectedAnswer(call: string, problem: string, answer: unknown): PubSubError {
  const came = JSON.stringify(answer) ?? String(answer)
  const shown = came.length > SHOWN ? `${came.slice(0, SHOWN)}…` : came
  return new PubSubError(
    'transport',
    `the answer to Pub/Sub ${call} is not what was asked for: ${problem} (gRPC status OK, ${shown}). ${PROXY}`,
  )
}

/** The pause requested by a `RetryInfo`, ms. The client drops any `Retry-After` header. */
function pauseOf(thrown: unknown): number | undefined {
  const {statusDetails} = (thrown ?? {}) as {statusDetails?: unknown}
  for (const detail of Array.isArray(statusDetails) ? statusDetails : []) {
    const {seconds = 0, nanos = 0} =
      (detail as {retryDelay?: {seconds?: unknown; nanos?: unknown}} | null)?.retryDelay ?? {}
    const ms = Number(String(seconds)) * 1000 + Number(nanos) / 1e6
    if (ms > 0) return ms
  }
  return undefined
}

function kindOf(code: unknown, message: string, reached: boolean): PubSubErrorKind {
  if (NO_CREDENTIALS.test(message)) return 'unauthenticated'
  if (NO_TOKEN.test(message)) return reached || NETWORK.test(message) ? 'transport' : 'unauthenticated'
  if (!reached && WRONG_HOST.test(message)) return 'unreachable'
  // grpc derives a code from an HTTP status: "unimplemented" from a proxy's 404
  const page = HTTP_STATUS.exec(message)?.[1]
  if (page !== undefined) return page === '401' || page === '403' ? 'invalid' : 'transport'
  if (NO_MESSAGE.test(message)) return 'transport'
  if (typeof code === 'number') return KINDS[code] ?? 'unavailable'
  // no status: the client could not send the request, because it lacks a network or credentials
  return reached || NETWORK.test(`${code} ${message}`) ? 'transport' : 'unauthenticated'
}
