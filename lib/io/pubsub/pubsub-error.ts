import {messageOf, nameInStacks} from '../../errors/index.ts'
import {isTokenFault, TOKEN_FAULT} from '../../util/index.ts'

/** What a failure of Pub/Sub means for whoever called. */
export type PubSubErrorKind =
  | 'transient'
  | 'not-found'
  | 'exists'
  | 'permission'
  | 'credentials'
  /** The request itself is wrong: it would be refused again. */
  | 'invalid'
  /** The resource is in a state that does not allow it, for example a detached subscription. */
  | 'precondition'
  /** Nobody is at that address, or somebody with a certificate that is not trusted. */
  | 'host'

/** A failure of Pub/Sub, with its gRPC code. */
export class PubSubError extends Error {
  readonly kind: PubSubErrorKind
  readonly grpcCode: number | undefined
  /** The pause that the server asked for, ms. */
  readonly retryAfterMs: number | undefined

  constructor(
    kind: PubSubErrorKind,
    message: string,
    details: {cause?: unknown; grpcCode?: number | undefined; retryAfterMs?: number | undefined} = {},
  ) {
    nameInStacks(new.target)
    super(message, 'cause' in details ? {cause: details.cause} : undefined)
    this.name = 'PubSubError'
    this.kind = kind
    this.grpcCode = details.grpcCode
    this.retryAfterMs = details.retryAfterMs
  }
}

const KINDS: Readonly<Record<number, PubSubErrorKind>> = {
  3: 'invalid',
  5: 'not-found',
  6: 'exists',
  7: 'permission',
  9: 'precondition',
  11: 'invalid',
  12: 'invalid',
  16: 'credentials',
}

const NO_CREDENTIALS = /default credentials|Unable to detect a Project Id|invalid_grant/i
/** The client could not get a token: once it has had one, that passes. */
const NO_TOKEN = /Getting metadata from plugin failed/i
const PASSING = /\b(ECONN\w+|ETIMEDOUT|EAI_AGAIN|EPIPE|ENETUNREACH|EHOSTUNREACH)\b/
/** What grpc says of answers that are not grpc's. */
const NOT_GRPC =
  /HTTP status|No message received|deserializ|response message parsing|Received RST_STREAM with code 1\b/i
const HTTP_STATUS = /Received HTTP status code (\d+)/
/** Status OK, and no answer. */
const NO_MESSAGE = /^No message received$/
const PROXY =
  'Most likely a proxy answers in its place that knows no gRPC (HTTP/2), or the address is that of another server: check ' +
  'HTTPS_PROXY and the address of the service'
/** How much of an answer an error shows. */
const SHOWN = 200
const WRONG_HOST = /Name resolution failed|certificate|ENOTFOUND/i

/**
 * Takes what the official client threw.
 *
 * @param reached whether the service has ever answered: a name that is not found later is a passing fault, at first a wrong name
 */
export function toPubSubError(thrown: unknown, reached: boolean): PubSubError {
  if (thrown instanceof PubSubError) return thrown
  const {code, details} = (thrown ?? {}) as {code?: unknown; details?: unknown}
  const said = (typeof details === 'string' && details) || messageOf(thrown)
  if (isTokenFault(said)) return new PubSubError('transient', `${TOKEN_FAULT} (${said})`, {cause: thrown})
  const grpcCode = typeof code === 'number' ? code : undefined
  const message = grpcCode !== undefined && NOT_GRPC.test(said) ? `${said}. ${PROXY}` : said
  return new PubSubError(kindOf(code, said, reached), message, {cause: thrown, grpcCode, retryAfterMs: pauseOf(thrown)})
}

/** The error of an answer that is not one to the call that was made; a fault of transport. */
export function unexpectedAnswer(call: string, problem: string, answer: unknown): PubSubError {
  const came = JSON.stringify(answer) ?? String(answer)
  const shown = came.length > SHOWN ? `${came.slice(0, SHOWN)}…` : came
  return new PubSubError(
    'transient',
    `the answer to Pub/Sub ${call} is not what was asked for: ${problem} (gRPC status OK, ${shown}). ${PROXY}`,
  )
}

/** The pause that a `RetryInfo` asks for; of a `Retry-After` over HTTP the client keeps nothing. */
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
  if (NO_CREDENTIALS.test(message)) return 'credentials'
  if (NO_TOKEN.test(message)) return reached || PASSING.test(message) ? 'transient' : 'credentials'
  if (!reached && WRONG_HOST.test(message)) return 'host'
  // grpc makes codes of the status of a page: of a proxy's 404, "unimplemented"
  const page = HTTP_STATUS.exec(message)?.[1]
  if (page !== undefined) return page === '401' || page === '403' ? 'invalid' : 'transient'
  if (NO_MESSAGE.test(message)) return 'transient'
  if (typeof code === 'number') return KINDS[code] ?? 'transient'
  // no answer of the service: the client could not even ask, since the network or the credentials do not do
  return reached || PASSING.test(`${code} ${message}`) ? 'transient' : 'credentials'
}
