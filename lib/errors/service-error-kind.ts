/**
 * What a failure of a service means, in the same words for Pub/Sub, BigQuery and Cloud Storage.
 *
 * - `not-found`, `already-exists`: the resource is missing, or is there already.
 * - `permission-denied`: the caller is known, and may not do this.
 * - `unauthenticated`: no usable credentials, or no project.
 * - `invalid`: the request is wrong, and would be refused again.
 * - `too-large`: the request is larger than the service takes; a smaller one may pass.
 * - `precondition-failed`: the resource is in a state that does not allow the request.
 * - `quota-exceeded`: a quota of the project is used up; it is renewed after minutes or hours.
 * - `rate-limited`: too many requests at the moment.
 * - `unavailable`: the service failed, and may work again soon.
 * - `transport`: the connection broke, or the answer was not the service's own, for example that of a proxy.
 * - `deadline`: no answer in time.
 * - `unreachable`: nothing has ever answered at the address, or its certificate is not trusted.
 * - `unknown`: anything else; not retried.
 */
export type ServiceErrorKind =
  | 'not-found'
  | 'already-exists'
  | 'permission-denied'
  | 'unauthenticated'
  | 'invalid'
  | 'too-large'
  | 'precondition-failed'
  | 'quota-exceeded'
  | 'rate-limited'
  | 'unavailable'
  | 'transport'
  | 'deadline'
  | 'unreachable'
  | 'unknown'

const TRANSIENT: ReadonlySet<ServiceErrorKind> = new Set(['rate-limited', 'unavailable', 'transport', 'deadline'])

/**
 * True for failures that usually pass within minutes, so that the same request is worth retrying. `quota-exceeded` and
 * `unreachable` are not among them: each connector decides how long to retry those.
 */
export function isTransient(kind: ServiceErrorKind): boolean {
  return TRANSIENT.has(kind)
}
