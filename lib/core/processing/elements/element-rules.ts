import type {Bundle} from '../../bundle/bundle.ts'
import {freeze} from '../../bundle/freeze.ts'
import {bareValue} from '../../bundle/timestamped.ts'
import type {Host} from '../ports/host.ts'
import type {Outlet} from '../ports/outlet.ts'
import type {CallContext} from './call-context.ts'
import {type ErrorPolicy, nackElement, processError, toDeadLetter} from './error-policy.ts'

/** What one element has emitted, while that can still be taken back. */
export interface ElementOutputs {
  /** Adds the element's output number `ordinal` on a claimed tag. */
  addTagged(tag: string, value: unknown, ordinal: number): void
  /** True when this object is waiting to leave by the main output. */
  holds(value: object): boolean
  /** Drops all of it. */
  discard(): void
}

/**
 * Decides what happens to elements that fail, and to values emitted to tags: by the same rules for synchronous and asynchronous
 * calls, for finishBundle, and for stages that take whole bundles.
 */
export class ElementRules {
  readonly #host: Host
  readonly #outlet: Outlet
  readonly #policy: ErrorPolicy
  /** How much earlier than its element an output may be, ms. */
  readonly skew: number

  constructor(host: Host, outlet: Outlet, policy: ErrorPolicy, skew = 0) {
    this.#host = host
    this.skew = skew
    this.#outlet = outlet
    this.#policy = policy
    if (policy.tag !== undefined) outlet.required.add(policy.tag)
  }

  /** True when the outputs of an element must wait until it has succeeded. */
  get holds(): boolean {
    return this.#policy.kind !== 'fail'
  }

  /** `context.emit()`. An object that also leaves by the main output, or for the second time, is frozen. */
  emit(tag: string, value: unknown, context: CallContext, outputs: ElementOutputs): void {
    if (!this.#outlet.claims(tag)) return this.#outlet.unclaimed(tag, value)
    context.giveAway(value)
    const bare = bareValue(value)
    if (typeof bare === 'object' && bare !== null && outputs.holds(bare)) freeze(bare)
    outputs.addTagged(tag, value, context.ordinal++)
  }

  /**
   * Element `i` of the bundle has failed: drops what it has emitted, and gives its message back or passes it on with the dead
   * letter. Throws the error that the stage must fail with where the policy leaves no other way.
   */
  failed(error: unknown, bundle: Bundle<unknown>, i: number, outputs: ElementOutputs): void {
    const {name, clock} = this.#host
    const {kind, tag} = this.#policy
    const element = bundle.values[i]
    const lease = bundle.leases?.[i]
    if (kind === 'fail') throw processError(error, element, name, this.#policy, lease)
    outputs.discard()
    if (tag === undefined) {
      if (!nackElement(this.#host, lease, error)) throw processError(error, element, name, this.#policy, lease)
      return
    }
    if (!this.#outlet.claims(tag)) this.#outlet.unclaimed(tag, element, error)
    outputs.addTagged(tag, toDeadLetter(element, error, name, clock.now()), 0)
    lease?.release()
  }
}
