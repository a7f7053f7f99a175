/** The status codes of gRPC that the local Pub/Sub answers with. */
export const CODE = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

const OF_HTTP: Readonly<Record<number, number>> = {
  400: CODE.INVALID_ARGUMENT,
  401: CODE.UNAUTHENTICATED,
  403: CODE.PERMISSION_DENIED,
  404: CODE.NOT_FOUND,
  409: CODE.ALREADY_EXISTS,
  412: CODE.FAILED_PRECONDITION,
  429: CODE.RESOURCE_EXHAUSTED,
  499: CODE.CANCELLED,
  500: CODE.INTERNAL,
  501: CODE.UNIMPLEMENTED,
  503: CODE.UNAVAILABLE,
  504: CODE.DEADLINE_EXCEEDED,
}

/** A gRPC code of 0 to 16 as it is, an HTTP status as the code that Google maps it to; `UNKNOWN` for others. */
export function codeOf(status: number): number {
  if (status <= CODE.UNAUTHENTICATED) return status
  return OF_HTTP[status] ?? (status >= 500 ? CODE.INTERNAL : CODE.UNKNOWN)
}

/** An answer with a gRPC error status. */
export class PubSubError extends Error {
  readonly code: number
  /** What an `ErrorInfo` in the status details says: ack id to reason, for exactly-once subscriptions. */
  readonly ackFailures: ReadonlyMap<string, string> | undefined

  constructor(code: number, message: string, ackFailures?: ReadonlyMap<string, string>) {
    super(message)
    this.code = code
    this.ackFailures = ackFailures
  }
}

/** The error for an argument that Pub/Sub refuses. */
export function invalid(message: string): PubSubError {
  return new PubSubError(CODE.INVALID_ARGUMENT, message)
}

/** The error for a missing resource. */
export function notFound(name: string): PubSubError {
  return new PubSubError(CODE.NOT_FOUND, `Resource not found (resource=${shortName(name)}).`)
}

/** The error for a resource that already exists. */
export function alreadyExists(name: string): PubSubError {
  return new PubSubError(CODE.ALREADY_EXISTS, `Resource already exists in the project (resource=${shortName(name)}).`)
}

/** The error for what Pub/Sub supports and the local cloud does not. */
export function unsupported(what: string): PubSubError {
  return new PubSubError(CODE.UNIMPLEMENTED, `local emulator: ${what} is not supported`)
}

/** The last part of a resource name. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}
