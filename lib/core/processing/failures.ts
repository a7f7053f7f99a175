import {wrapError} from '../../errors/index.ts'
import type {Host} from './ports/host.ts'
import {type Wait, Waits} from './waits.ts'

/** The failure of a processor: the first error is reported, once, and rejects all pending promises. */
export class Failures {
  readonly #host: Pick<Host, 'name'>
  readonly #report: (error: Error) => void
  readonly #abort = new AbortController()
  readonly #waits = new Waits()
  #failure: Error | undefined

  /** `report` is called with the error that the stage must fail with. */
  constructor(host: Pick<Host, 'name'>, report: (error: Error) => void) {
    this.#host = host
    this.#report = report
  }

  /** Aborts when the stage is destroyed. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** A promise that `begin` settles, unless a failure rejects it first. */
  until(begin: (resolve: () => void, reject: (reason: unknown) => void) => void): Promise<void> {
    return this.#waits.until(begin)
  }

  /** Calls a hook of user code; an error that it throws or rejects with fails the stage. */
  guard(hook: () => Wait): Wait {
    let pending: Wait
    try {
      pending = hook()
    } catch (error) {
      return this.failWith(error as Error)
    }
    // user code may have destroyed the stage
    if (!pending) return this.signal.aborted ? this.failed() : undefined
    return this.until((done, reject) => {
      pending.then(done, error => void this.failWith(error).catch(reject))
    })
  }

  /** Fails with an error of user code, wrapped unless it is a SluiceError. */
  fail(error: unknown): Promise<void> {
    const {name} = this.#host
    return this.failWith(wrapError('ERR_SLUICE_PROCESS', m => `${name}: ${m}`, error, {stage: name}))
  }

  /** Fails with this error as it is. */
  failWith(error: Error): Promise<void> {
    if (!this.#failure && !this.signal.aborted) {
      this.#failure = error
      this.#report(error)
      this.#waits.reject(error)
    }
    return this.failed()
  }

  /** A promise that is rejected with the reported failure, or with the reason of the abort. */
  failed(): Promise<void> {
    return Promise.reject(this.#failure ?? this.signal.reason)
  }

  /** The stage has been destroyed. */
  abort(error: Error | null): void {
    this.#abort.abort(error ?? undefined)
  }

  /** Rejects the promises that are still pending: nothing will settle them any more. */
  rejectWaits(): void {
    this.#waits.reject(this.signal.reason)
  }
}
