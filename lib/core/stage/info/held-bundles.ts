import type {Bundle} from '../../bundle/bundle.ts'
import {nackAll} from '../../bundle/lease.ts'

/**
 * The leased bundles that a stage was given and has not finished, and those that it has emitted and nobody has taken yet. A stage
 * that is destroyed, for whatever reason, nacks its share of them.
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
