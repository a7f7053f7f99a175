import {wrapError} from '../../errors/index.ts'
import type {Bundle} from '../bundle/bundle.ts'
import {AsyncCalls} from './async/async-calls.ts'
import {ChunkRunner} from './chunk-runner.ts'
import {CallContext, emitRefused} from './elements/call-context.ts'
import {ElementRules} from './elements/element-rules.ts'
import type {ProcessorOptions, UserCode} from './elements/user-code.ts'
import {FinishOutputs} from './finish-bundle.ts'
import {Hooks} from './hooks.ts'
import {BundleInWork} from './ports/bundle-in-work.ts'
import type {Host} from './ports/host.ts'
import type {Outlet} from './ports/outlet.ts'
import {SyncLoop} from './sync-loop.ts'
import {tearDownLater} from './tear-down-later.ts'
import {Waits} from './waits.ts'

type Wait = Promise<void> | undefined

/**
 * A DoFn's work, without streams: `setup()` once, then for each bundle `start()`, `process(chunk)` for one or more chunks and
 * `finish()`, and `teardown()` at the end; outputs go to the outlet. While `process` of the DoFn is synchronous none of these
 * waits: they return undefined, and a promise only where there is something to wait for.
 *
 * A failure is reported to the owner once, and rejects what is waited for; the owner answers with {@link abort}.
 */
export class BundleProcessor<I> {
  readonly #code: UserCode<I>
  readonly #host: Host
  readonly #outlet: Outlet
  readonly #options: ProcessorOptions
  readonly #reportFailure: (error: Error) => void
  readonly #abort = new AbortController()
  readonly #rules: ElementRules
  readonly #loop: SyncLoop<I>
  readonly #calls: AsyncCalls<I>
  readonly #chunks: ChunkRunner<I>
  readonly #context: CallContext
  readonly #hooks: Hooks
  /** Bundles must not overlap. */
  #apart = false
  /** `process` is an async function: no need to find out by calling it. */
  #asynchronous = false
  #finishing: FinishOutputs | undefined
  #bundle: BundleInWork | undefined
  /** The watermark that holds after the open bundle. */
  #watermark = Number.NEGATIVE_INFINITY
  readonly #waits = new Waits()
  #failure: Error | undefined

  /** `failed` is called at most once, with what the stage must fail with. */
  constructor(
    code: UserCode<I>,
    host: Host,
    outlet: Outlet,
    options: ProcessorOptions,
    failed: (error: Error) => void,
  ) {
    this.#code = code
    this.#host = host
    this.#outlet = outlet
    this.#options = options
    this.#reportFailure = failed
    const {signal} = this.#abort
    const fail = (error: unknown) => void this.#fail(error).catch(ignore)
    this.#context = new CallContext(host, signal, emitRefused)
    this.#hooks = new Hooks(code as UserCode<never>, host, this.#context)
    this.#rules = new ElementRules(host, outlet, options.policy, options.skew)
    this.#calls = new AsyncCalls(code, host, outlet, this.#rules, options, signal, fail)
    this.#loop = new SyncLoop(code, host, outlet, this.#rules, options, signal)
    this.#chunks = new ChunkRunner({host, outlet, loop: this.#loop, calls: this.#calls, signal, fail})
  }

  /** True when no call is in flight and everything that was made is handed on. */
  get idle(): boolean {
    return this.#calls.outbox.idle
  }

  /** Whether the next bundle may be started before the last one is finished; known after `setup()`. */
  get overlaps(): boolean {
    return !this.#apart
  }

  /** Elements that are counted as taken in and not finished. */
  get unfinished(): number {
    return this.#apart ? 0 : this.#calls.outbox.unfinished
  }

  /** Runs the DoFn's `setup`. */
  setup(): Wait {
    const pending = this.#guard(() => this.#hooks.setup())
    this.#apart = this.#hooks.aroundBundles
    this.#asynchronous = /^Async/.test(this.#code.process?.constructor.name)
    return pending
  }

  /** Begins a bundle. */
  start(): Wait {
    this.#bundle = new BundleInWork(!this.#apart)
    this.#options.side?.update()
    if (!this.#apart) return undefined
    this.#context.emitTo = emitRefused
    return this.#guard(() => this.#hooks.startBundle())
  }

  /** Processes a part of the bundle; once that is done, or its last calls are under way, another may come. */
  process(chunk: Bundle<I>): Wait {
    const bundle = this.#bundle!
    bundle.add(chunk, this.#code.finishBundle !== undefined)
    if (this.#asynchronous || !this.#calls.outbox.idle)
      return this.#waits.until(accepted => this.#chunks.callAll(chunk, bundle, accepted))
    const outcome = this.#chunks.run(chunk, bundle)
    if (outcome === 'done') return undefined
    if (outcome === 'failed') return this.#failed()
    return this.#waits.until(accepted => this.#chunks.goOn(outcome, chunk, bundle, accepted))
  }

  /** The input watermark that holds after everything that was given so far. */
  onWatermark(watermark: number): void {
    if (!this.#bundle) this.#calls.outbox.advance(watermark)
    else if (watermark > this.#watermark) this.#watermark = watermark
  }

  /** Something to wait for before a barrier passes: the calls in flight of a step with state. */
  beforeBarrier(): Wait {
    return this.#options.stateful && !this.idle ? this.whenIdle() : undefined
  }

  /** A barrier comes between two bundles: it leaves behind all outputs of those before it, and ahead of all others. */
  onBarrier(barrier: number): void {
    if (this.idle) this.#outlet.barrier(barrier)
    else this.#calls.outbox.barrier(barrier)
  }

  /** Ends the bundle; done when all of its outputs are handed on, those of asynchronous calls and of `finishBundle` included. */
  finish(): Wait {
    const bundle = this.#bundle!
    if (this.#code.finishBundle) {
      if (bundle.inFlight === 0) return this.#finishBundle(bundle)
      return this.#whenDelivered(bundle).then(() => this.#finishBundle(bundle))
    }
    if (bundle.inFlight === 0) return this.#end(bundle)
    this.#leave()
    return this.#whenDelivered(bundle).then(() => bundle.count(this.#host))
  }

  #whenDelivered(bundle: BundleInWork): Promise<void> {
    return this.#waits.until(delivered => {
      bundle.delivered = delivered
    })
  }

  #finishBundle(bundle: BundleInWork): Wait {
    const from = performance.now()
    const finished = (): Wait => {
      this.#host.metrics.busyMs += performance.now() - from
      return this.#end(bundle)
    }
    const failed = (error: unknown) =>
      this.#failWith(this.#hooks.error('finishBundle', 'ERR_SLUICE_FINISH_BUNDLE', error))
    let pending: Wait
    try {
      this.#loop.flush()
      this.#finishing = new FinishOutputs(bundle, this.#host.name, this.#outlet, this.#rules, this.#context)
      pending = this.#finishing.take(this.#code.finishBundle!(this.#context))
    } catch (error) {
      return failed(error)
    }
    if (!pending) return finished()
    const watched = this.#hooks.watch('finishBundle', pending).then(finished, failed)
    return this.#waits.until((done, reject) => void watched.then(done, reject))
  }

  /** Nothing of the bundle is in flight: hands on what it made and its watermark. */
  #end(bundle: BundleInWork): Wait {
    if (this.#abort.signal.aborted) return this.#failed()
    try {
      this.#loop.flush(this.#watermark)
      this.#leave()
      bundle.count(this.#host)
    } catch (error) {
      return this.#fail(error)
    }
    return undefined
  }

  #leave(): void {
    const watermark = this.#watermark
    this.#bundle = undefined
    this.#watermark = Number.NEGATIVE_INFINITY
    this.#calls.outbox.advance(watermark)
  }

  /** Resolves when everything that was taken in is handed on. */
  whenIdle(): Promise<void> {
    return this.#waits.until(idle => this.#calls.outbox.whenIdle(idle))
  }

  /** Runs the DoFn's `teardown`, once and only after `setup()`. */
  teardown(): Promise<void> {
    return this.#hooks.teardown()
  }

  /** Stops everything; teardown follows when calls in flight have settled, at most 1 s later. */
  abort(error: Error | null): void {
    this.#abort.abort(error ?? undefined)
    this.#loop.close()
    this.#finishing?.stop()
    const calls = this.#calls.close(error)
    this.#waits.reject(this.#abort.signal.reason)
    if (!this.#hooks.toTearDown) return
    const {pending} = this.#hooks
    const open = calls || pending || this.#loop.calling
    tearDownLater(this.#host, open ? [calls, pending] : [], () => this.teardown())
  }

  /** Calls a hook; whatever it fails with fails the stage. */
  #guard(hook: () => Wait): Wait {
    let pending: Wait
    try {
      pending = hook()
    } catch (error) {
      return this.#failWith(error as Error)
    }
    // user code may have destroyed the stage
    if (!pending) return this.#abort.signal.aborted ? this.#failed() : undefined
    return this.#waits.until((done, reject) => {
      pending.then(done, error => void this.#failWith(error).catch(reject))
    })
  }

  #fail(error: unknown): Promise<void> {
    const {name} = this.#host
    return this.#failWith(wrapError('ERR_SLUICE_PROCESS', m => `${name}: ${m}`, error, {stage: name}))
  }

  #failWith(error: Error): Promise<void> {
    if (!this.#failure && !this.#abort.signal.aborted) {
      this.#failure = error
      this.#reportFailure(error)
      this.#waits.reject(error)
    }
    return this.#failed()
  }

  #failed(): Promise<void> {
    return Promise.reject(this.#failure ?? this.#abort.signal.reason)
  }
}

const ignore = (): void => {}
