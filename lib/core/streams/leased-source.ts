import type {SluiceError} from '../../errors/index.ts'
import {STAGE} from '../stage/brands.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import {drainError} from '../stage/drain.ts'
import {descriptorOf, type StageDescriptor, stageDescriptor} from '../stage/info/descriptor.ts'
import {downstreamOf} from '../stage/links/walks.ts'
import type {StageOptions} from '../stage/stage-options.ts'
import {DRAIN_BY, DRAIN_ERROR} from './internals.ts'
import {onError} from './on-error.ts'
import {Source} from './source.ts'

/**
 * A source of messages that carry leases: decides when it closes, and what happens to unsettled messages.
 *
 * Without an error it closes only when every message is settled and its acknowledgement is sent, so that `pipeline()`
 * resolves after the last one; messages left at the drain deadline are given back. With an error all outstanding messages
 * are given back at once.
 */
export abstract class LeasedSource<O, Tags extends object = {}> extends Source<O, Tags> {
  /** The deadline of the requested drain, on the stage's clock. */
  #drainBy: number | undefined
  #drainDeadline = 0
  #settled: (() => void) | undefined
  /** Ends the wait for unsettled messages, while there is one. */
  #giveUp: ((error: Error) => void) | undefined

  constructor(options?: StageOptions, descriptor?: StageDescriptor) {
    super(
      options,
      stageDescriptor({
        leased: true,
        observe: (): Record<string, number> => (this[STAGE].leased ? {outstanding: this.unsettled} : {}),
        ...descriptorOf(descriptor),
      }),
    )
  }

  /** Number of messages neither acknowledged nor given back. */
  protected abstract get unsettled(): number
  /** Gives back every unsettled message. */
  protected abstract giveBack(reason: unknown): void
  /** Resolves when all acknowledgements are sent and nothing is left open. Called once; must not reject. */
  protected abstract closeUp(): Promise<void>
  /** How long a close waits for outstanding messages, ms. */
  protected get patience(): number {
    return DEFAULTS.drainDeadline
  }

  /** To be called by the subclass whenever a message has been settled. */
  protected messageSettled(): void {
    if (this.unsettled === 0) this.#settled?.()
  }

  override [DRAIN_BY](time: number): void {
    this.#drainDeadline = time - this[STAGE].clock.now()
    this.#drainBy = time
  }

  override [DRAIN_ERROR](deadline: number): SluiceError {
    const count = this.unsettled
    const left =
      count > 0
        ? `: ${count} ${count === 1 ? 'message was' : 'messages were'} given back`
        : ': acknowledgements that were sent had no answer yet, so their messages may be delivered again'
    return drainError(this[STAGE].name, deadline, left)
  }

  /** After the end it stops waiting for messages, which are given back: nothing else is left to destroy. */
  override destroy(error?: Error): this {
    if (error) this.#giveUp?.(error)
    return super.destroy(error)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    super._destroy(error, after => {
      if (after) {
        // report the error first: a caller that awaits the run must not wait for the service
        this.giveBack(after)
        void this.closeUp()
        return callback(after)
      }
      this.#whenSettled(late => this.#whenClosedUp(late, callback))
    })
  }

  /** Waits for acknowledgements still to be sent, but no longer than the time left. */
  #whenClosedUp(late: Error | null, done: (error: Error | null) => void): void {
    const finish = (error: Error | null) => {
      timer.cancel()
      this.#giveUp = undefined
      done(error)
      done = () => {}
    }
    const {deadline, left} = this.#time
    const timer = this[STAGE].clock.setTimeout(
      () => finish(late ?? (this.#drainBy === undefined ? null : this[DRAIN_ERROR](deadline))),
      left,
      true,
    )
    this.#giveUp = finish
    void this.closeUp().then(() => finish(late))
  }

  /** How long the close may take, and how much of that is left, ms. */
  get #time(): {deadline: number; left: number} {
    if (this.#drainBy === undefined) return {deadline: this.patience, left: this.patience}
    return {deadline: this.#drainDeadline, left: Math.max(0, this.#drainBy - this[STAGE].clock.now())}
  }

  #whenSettled(done: (late: Error | null) => void): void {
    if (this.unsettled === 0) return done(null)
    const {clock, name} = this[STAGE]
    const {deadline, left} = this.#time
    let over = false
    const finish = (late: Error | null) => {
      if (over) return
      over = true
      timer.cancel()
      this.#settled = undefined
      this.#giveUp = undefined
      done(late)
    }
    const fail = (reason: unknown, late: Error | null) => {
      if (over) return
      // messages given back count as settled, which must not pass for success
      this.#settled = undefined
      this.giveBack(reason)
      finish(late)
    }
    const timer = clock.setTimeout(
      () => {
        const late = this.#drainBy === undefined ? null : this[DRAIN_ERROR](deadline)
        if (!late)
          this[STAGE].log.warn(
            `${name}: ${this.unsettled} messages were not settled ${deadline / 1000} s after the end, and were given back`,
            {stage: name},
          )
        fail(late ?? new Error('not settled in time'), late)
      },
      left,
      true,
    )
    this.#settled = () => finish(null)
    this.#giveUp = error => fail(error, error)
    // a stage that has failed never releases what it holds
    for (const {stream} of downstreamOf(this[STAGE])) {
      if (stream === this) continue
      if (stream.errored) return fail(stream.errored, null)
      onError(stream, reason => fail(reason, null))
    }
  }
}
