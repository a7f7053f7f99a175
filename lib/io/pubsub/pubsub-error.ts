import {messageOf} from '../../errors/index.ts'
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

  constructor(kind: PubSubErrorKind, message: string, details: {cause?: unknown; grpcCode?: number | undefined} = {}) {
    super(message, 'cause' in details ? {cause: details.cause} : undefined)
    this.name = 'PubSubError'
    this.kind = kind
    this.grpcCode = details.grpcCode
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
  const message = said
  const grpcCode = typeof code === 'number' ? code : undefined
  return new PubSubError(kindOf(code, message, reached), message, {cause: thrown, grpcCode})
}

function kindOf(code: unknown, message: string, reached: boolean): PubSubErrorKind {
  if (NO_CREDENTIALS.test(message)) return 'credentials'
  if (NO_TOKEN.test(message)) return reached || PASSING.test(message) ? 'transient' : 'credentials'
  if (!reached && WRONG_HOST.test(message)) return 'host'
  if (typeof code === 'number') return KINDS[code] ?? 'transient'
  // no answer of the service: the client could not even ask, since the network or the credentials do not do
  return reached || PASSING.test(`${code} ${message}`) ? 'transient' : 'credentials'
}
