import type {Bundle} from '../../bundle/bundle.ts'
import {nackAll} from '../../bundle/lease.ts'

/**
 * The bundles with leases that a stage was given and is not through with, and those that it has made and nobody has taken: a
 * stage that goes, in whatever way, gives its share of them back.
 */
export class HeldBundles {
  #held: Set<Bundle<unknown>> | undefined

  add(bundle: Bundle<unknown>): void {
    if (bundle.leases) (this.#held ??= new Set()).add(bundle)
  }

  delete(bundle: Bundle<unknown>): void {
    this.#held?.delete(bundle)
  }

  giveBack(reason: unknown): void {
    if (!this.#held) return
    const held = this.#held
    this.#held = undefined
    for (const {leases} of held) nackAll(leases, reason)
  }
}
