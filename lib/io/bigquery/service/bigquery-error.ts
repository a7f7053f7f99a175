import {nameInStacks, type ServiceErrorKind} from '../../../errors/index.ts'

/** What a failure of BigQuery means: see {@link ServiceErrorKind}. */
export type BigQueryErrorKind = ServiceErrorKind

/**
 * A failed call to BigQuery, whatever the client threw; the `cause` of the SluiceError that a sink fails with.
 *
 * @example
 * try {
 *   await chain(readFromCsv('orders.csv'), writeToBigQuery({table: 'shop.orders'}))
 * } catch (error) {
 *   const {cause} = error as SluiceError
 *   if (cause instanceof BigQueryError && cause.kind === 'quota-exceeded') console.error('try again later')
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

/** True for a 404. */
export function isNotFound(error: unknown): boolean {
  return error instanceof BigQueryError && error.kind === 'not-found'
}

/** Which resource a 404 is about: BigQuery says `Not found: Dataset p:d`. */
export function missingResource({message}: BigQueryError): 'project' | 'dataset' | 'table' {
  const match = /\b(project|dataset|table)\b/i.exec(message.replace(/^not found:\s*/i, ''))
  return (match?.[1]?.toLowerCase() ?? 'table') as 'project' | 'dataset' | 'table'
}
