import {type SluiceErrorCode, wrapError} from '../../errors/index.ts'
import type {CallContext} from './elements/call-context.ts'
import {isThenable} from './elements/results.ts'
import {noProcess, type UserCode} from './elements/user-code.ts'
import type {Host} from './ports/host.ts'

/** Calls a DoFn's optional methods, each with its own error code. */
export class Hooks {
  readonly #code: UserCode<never>
  readonly #host: Host
  readonly #context: CallContext
  #started = false
  #torn = false
  /** The promise of the last asynchronous hook. */
  pending: Promise<unknown> | undefined

  constructor(code: UserCode<never>, host: Host, context: CallContext) {
    this.#code = code
    this.#host = host
    this.#context = context
  }

  /** True when bundles must not overlap. Evaluated late, since a class may define its methods as fields. */
  get aroundBundles(): boolean {
    return this.#code.startBundle !== undefined || this.#code.finishBundle !== undefined
  }

  /** True after setup and before teardown. */
  get toTearDown(): boolean {
    return this.#started && !this.#torn
  }

  /** Calls `setup()`; throws or rejects with the error that the stage fails with. */
  setup(): Promise<void> | undefined {
    if (typeof this.#code.process !== 'function') throw noProcess(this.#host.name)
    this.#started = true
    return this.#call('setup', 'ERR_SLUICE_SETUP')
  }

  /** Calls `startBundle()`; throws or rejects with the error that the stage fails with. */
  startBundle(): Promise<void> | undefined {
    return this.#call('startBundle', 'ERR_SLUICE_START_BUNDLE')
  }

  #call(hook: 'setup' | 'startBundle' | 'teardown', code: SluiceErrorCode): Promise<void> | undefined {
    let result: unknown
    try {
      result = this.#code[hook]?.(this.#context)
    } catch (error) {
      throw this.error(hook, code, error)
    }
    if (!isThenable(result)) return undefined
    return this.watch(hook, Promise.resolve(result)).then(
      () => {},
      error => {
        throw this.error(hook, code, error)
      },
    )
  }

  /** Tracks the promise of a hook: teardown waits for it. */
  watch<T>(hook: string, answer: Promise<T>): Promise<T> {
    this.pending = answer
    return this.#host.calls.watch(`${hook}()`, answer)
  }

  /** Calls `teardown()`, once and only after setup. */
  async teardown(): Promise<void> {
    if (!this.toTearDown) return
    this.#torn = true
    await this.#call('teardown', 'ERR_SLUICE_TEARDOWN')
  }

  /** The error that a stage fails with when a hook fails. */
  error(hook: string, code: SluiceErrorCode, error: unknown): Error {
    const stage = this.#host.name
    return wrapError(code, m => `${stage}: ${hook}() failed: ${m}`, error, {stage})
  }
}
