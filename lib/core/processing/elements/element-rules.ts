import type {Bundle} from '../../bundle/bundle.ts'
import {freeze} from '../../bundle/freeze.ts'
import {bareValue} from '../../bundle/timestamped.ts'
import type {Host} from '../ports/host.ts'
import type {Outlet} from '../ports/outlet.ts'
import type {CallContext} from './call-context.ts'
import {type ErrorPolicy, nackElement, processError, toDeadLetter} from './error-policy.ts'

/** What one element has emitted, for as long as it may be taken back. */
export interface ElementOutputs {
  /** Adds the element's output number `ordinal` on a claimed tag. */
  addTagged(tag: string, value: unknown, ordinal: number): void
  /** True when that object waits on the main output. */
  holds(value: object): boolean
  /** Forgets all of it. */
  discard(): void
}

/**
 * What becomes of elements that fail, and of values that are emitted to tags: the same for synchronous and asynchronous calls,
 * for finishBundle, and for stages that take whole bundles.
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

  /** True when what an element emits must wait until the element has succeeded. */
  get holds(): boolean {
    return this.#policy.kind !== 'fail'
  }

  /** `context.emit()`; an object that leaves on the main output too, or for the second time, is frozen. */
  emit(tag: string, value: unknown, context: CallContext, outputs: ElementOutputs): void {
    if (!this.#outlet.claims(tag)) return this.#outlet.unclaimed(tag, value)
    context.giveAway(value)
    const bare = bareValue(value)
    if (typeof bare === 'object' && bare !== null && outputs.holds(bare)) freeze(bare)
    outputs.addTagged(tag, value, context.ordinal++)
  }

  /**
   * Element `i` of the bundle has failed: what it has emitted is forgotten, and its message is given back or goes along with
   * its dead letter. Throws what the stage must fail with, when nothing else may become of it.
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
