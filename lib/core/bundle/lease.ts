/**
 * The right to acknowledge one message of a source, counted by the values that were derived from it.
 * It starts at one; at zero the message is acknowledged.
 */
export interface Lease {
  /** One more value (or `n`) derives from the message. */
  retain(n?: number): void
  /** One value derived from the message is committed, dead-lettered or dropped on purpose. */
  release(): void
  /** The message could not be handled: the source gives it back. Later releases change nothing. */
  nack(reason?: unknown): void
  /** Describes the message, for error messages: `message 17 of projects/p/subscriptions/s, delivery attempt 3`. */
  describe?(): string
}

/** One lease over several, for values made from many messages. It releases them all when its own count reaches zero. */
export class GroupLease implements Lease {
  #count = 1
  readonly #members: readonly Lease[]

  /** Takes over one reference of every member. */
  constructor(members: readonly Lease[]) {
    this.#members = members
  }
  retain(n = 1): void {
    this.#count += n
  }
  release(): void {
    if (--this.#count === 0) for (const lease of this.#members) lease.release()
  }
  nack(reason?: unknown): void {
    this.#count = Number.POSITIVE_INFINITY
    for (const lease of this.#members) lease.nack(reason)
  }
}

/** Retains every lease `n` times. */
export function retainAll(leases: readonly Lease[], n = 1): void {
  if (n > 0) for (const lease of leases) lease.retain(n)
}

/** Releases every lease once. */
export function releaseAll(leases: readonly Lease[] | undefined): void {
  if (leases) for (const lease of leases) lease.release()
}

/** Gives back every message not yet acknowledged. */
export function nackAll(leases: readonly Lease[] | undefined, reason: unknown): void {
  if (leases) for (const lease of leases) lease.nack(reason)
}
