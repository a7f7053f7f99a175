import {nameInStacks, type ServiceErrorKind} from '../../../errors/index.ts'

/** What a failure of Pub/Sub means. */
export type PubSubErrorKind = ServiceErrorKind

/**
 * A failed call to Pub/Sub; the `cause` of the SluiceError that a source or sink fails with.
 *
 * @example
 * try {
 *   await chain(readFromCsv('orders.csv'), writeToPubSub({topic: 'orders'}))
 * } catch (error) {
 *   const {cause} = error as SluiceError
 *   if (cause instanceof PubSubError && cause.kind === 'unavailable') console.error('try again later')
 * }
 */
export class PubSubError extends Error {
  readonly kind: PubSubErrorKind
  /** The gRPC status code; undefined if the call received none. */
  readonly grpcCode: number | undefined
  /** The pause requested by the server, ms. */
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
