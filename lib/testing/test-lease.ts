import type {Lease} from '../core/index.ts'
import {SluiceError} from '../errors/index.ts'

/** One element of a {@link TestSource} and its state. */
export interface TestElement<T> {
  readonly value: T
  /** Pending until it is acknowledged, when everything derived from it has been handled, or given back. */
  readonly state: 'pending' | 'acked' | 'nacked'
  /** The argument of `nack()`. */
  readonly reason: unknown
  /** Number of values derived from it and not handled yet. */
  readonly references: number
}

/** A lease that records what happens to it; it throws when released more often than it was retained. */
export class TestLease<T> implements Lease, TestElement<T> {
  readonly value: T
  state: TestElement<T>['state'] = 'pending'
  reason: unknown
  references = 1
  readonly #settled: () => void

  constructor(value: T, settled: () => void) {
    this.value = value
    this.#settled = settled
  }

  retain(n = 1): void {
    this.#mustNotBeAcked('retained')
    this.references += n
  }

  release(): void {
    if (this.state === 'nacked') return
    this.#mustNotBeAcked('released')
    if (--this.references > 0) return
    this.state = 'acked'
    this.#settled()
  }

  nack(reason?: unknown): void {
    if (this.state !== 'pending') return
    this.state = 'nacked'
    this.reason = reason
    this.#settled()
  }

  #mustNotBeAcked(what: string): void {
    if (this.state !== 'acked') return
    throw new SluiceError(
      'ERR_SLUICE_LEASE',
      `a lease was ${what} after its message was acknowledged: retain it before its last release`,
      {element: this.value},
    )
  }
}
