import type {Bundle} from '../bundle/bundle.ts'
import {ElementRules} from '../processing/elements/element-rules.ts'
import type {ErrorPolicy} from '../processing/elements/error-policy.ts'
import {countBundle, publishBundle} from '../processing/ports/count-bundle.ts'
import {STAGE} from '../stage/brands.ts'
import type {Done} from '../stage/hold-given.ts'
import type {StageDescriptor} from '../stage/info/descriptor.ts'
import type {StageOptions} from '../stage/stage-options.ts'
import {barrierArrived} from './barriers.ts'
import {OUTPUTS} from './internals.ts'
import {ABORT, BARRIER, END, FAIL, START, StageTransform, TAKE, WHEN_ROOM} from './stage-transform.ts'

/** A stage that takes whole bundles, for work that `process` cannot do: leases and ids across the borders of bundles. */
export abstract class BundleStage<I, O, Tags extends object = {}> extends StageTransform<I, O, Tags> {
  /** Number of values handed on while a bundle is being taken; undefined between bundles. */
  #given: number | undefined

  constructor(options: StageOptions = {}, descriptor?: StageDescriptor) {
    super(options, [], new.target.name, descriptor)
  }

  /**
   * Takes a bundle; empty ones only move the watermark.
   *
   * @param watermark the input watermark after it; -Infinity if it is unchanged
   * @param done called when the next bundle may arrive
   */
  protected abstract takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void
  /** The input has ended: resolves once everything has been handed on. */
  protected abstract finishInput(): Promise<void>
  /**
   * Takes a barrier, a bundle without values. Pass it on with `passBarrier`, after all outputs of earlier bundles.
   */
  protected abstract takeBarrier(bundle: Bundle<I>, done: () => void): void
  /** The stage has been destroyed: gives back what it holds. */
  protected abstract abort(error: Error | null): void

  /** Hands a bundle on. */
  protected hand(bundle: Bundle<O>): void {
    const {outlet} = this[OUTPUTS]
    const {length} = bundle.values
    if (length === 0) return outlet.advance(bundle.watermark)
    outlet.push(undefined, bundle)
    if (this.#given === undefined) publishBundle(this[STAGE], 0, length)
    else this.#given += length
  }

  /** Hands a bundle on to a claimed tag. */
  protected handTagged(tag: string, bundle: Bundle<unknown>): void {
    this[OUTPUTS].outlet.push(tag, bundle)
  }

  /** Sets what happens to elements that fail; call it in the constructor. */
  protected rules(policy: ErrorPolicy): ElementRules {
    return new ElementRules(this[STAGE], this[OUTPUTS].outlet, policy)
  }

  /** Advances the watermark; ignored if it would not move forward. */
  protected advance(watermark: number): void {
    this[OUTPUTS].outlet.advance(watermark)
  }

  /** Whether every output has room. */
  protected hasRoom(): boolean {
    return this[OUTPUTS].hasRoom()
  }

  /** Calls back when there is room, at once if there already is; never after the stage has been destroyed. */
  protected whenRoom(callback: () => void): void {
    this[WHEN_ROOM](callback)
  }

  protected fail(error: unknown, element?: unknown): void {
    this[FAIL](error, element)
  }

  /** @internal */
  override [TAKE](bundle: Bundle<I>, watermark: number, done: Done): void {
    const {length} = bundle.values
    if (length > 0) this[START]()
    const from = performance.now()
    // `done` may deliver the next bundle synchronously
    const outer = this.#given
    this.#given = 0
    try {
      this.takeBundle(bundle, watermark, done)
    } catch (error) {
      this[FAIL](error)
    } finally {
      const given = this.#given
      this.#given = outer
      if (length > 0) countBundle(this[STAGE], length, given)
      else if (given > 0) publishBundle(this[STAGE], 0, given)
      this[STAGE].metrics.busyMs += performance.now() - from
    }
  }

  /** Hands a barrier on. */
  protected passBarrier({barrier}: Bundle<unknown>): void {
    if (barrier !== undefined) this[OUTPUTS].barrier(barrier)
  }

  /** @internal */
  override [BARRIER](bundle: Bundle<I>, barrier: number, done: Done): void {
    try {
      barrierArrived(this[STAGE], barrier)
      this.takeBarrier(bundle, done)
    } catch (error) {
      this[FAIL](error)
    }
  }

  /** @internal */
  override [END](): Promise<void> {
    return this.finishInput()
  }

  /** @internal */
  override [ABORT](error: Error | null): void {
    this.abort(error)
  }
}
