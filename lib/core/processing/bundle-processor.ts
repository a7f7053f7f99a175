import type {Bundle} from '../bundle/bundle.ts'
import {type FiredTimer, type TimerColumns, timerChunk} from '../bundle/fired-timer.ts'
import {AsyncCalls} from './async/async-calls.ts'
import {ChunkRunner} from './chunk-runner.ts'
import {CallContext, emitRefused} from './elements/call-context.ts'
import {ElementRules} from './elements/element-rules.ts'
import {type Callee, type ProcessorOptions, timersOf, type UserCode} from './elements/user-code.ts'
import {Failures} from './failures.ts'
import {FinishOutputs} from './finish-bundle.ts'
import {Hooks} from './hooks.ts'
import {BundleInWork} from './ports/bundle-in-work.ts'
import type {Host} from './ports/host.ts'
import type {Outlet} from './ports/outlet.ts'
import {SyncLoop} from './sync-loop.ts'
import {tearDownLater} from './tear-down-later.ts'
import type {Wait} from './waits.ts'

/**
 * A DoFn's work, without streams: `setup()` once, then for each bundle `start()`, `process(chunk)` for one or more chunks and
 * `finish()`, and `teardown()` at the end; outputs go to the outlet. Each returns a promise only if there is something to wait for;
 * while the DoFn's code is synchronous, it returns undefined.
 *
 * A failure is reported to the owner once, and rejects all promises that are pending; the owner then calls {@link abort}.
 */
export class BundleProcessor<I> {
  readonly #code: UserCode<I>
  readonly #host: Host
  readonly #outlet: Outlet
  readonly #options: ProcessorOptions
  readonly #failures: Failures
  readonly #rules: ElementRules
  readonly #loop: SyncLoop<I>
  readonly #calls: AsyncCalls<I>
  readonly #chunks: ChunkRunner<I>
  readonly #context: CallContext
  /** What is called for timers. */
  readonly #timers: Callee<never>
  readonly #hooks: Hooks
  /** Bundles must not overlap. */
  #apart = false
  /** `process` is an async function: its calls need not begin on the synchronous path. */
  #asynchronous = false
  #finishing: FinishOutputs | undefined
  #bundle: BundleInWork | undefined
  /** The watermark that holds after the open bundle. */
  #watermark = Number.NEGATIVE_INFINITY

  /** `failed` is called at most once, with the error that the stage must fail with. */
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
    this.#failures = new Failures(host, failed)
    const {signal} = this.#failures
    const fail = (error: unknown) => void this.#failures.fail(error).catch(() => {})
    this.#context = new CallContext(host, signal, emitRefused)
    this.#timers = timersOf(code, host.name)
    this.#hooks = new Hooks(code as UserCode<never>, host, this.#context)
    this.#rules = new ElementRules(host, outlet, options.policy, options.skew)
    this.#calls = new AsyncCalls(host, outlet, this.#rules, options, signal, fail)
    this.#loop = new SyncLoop(host, outlet, this.#rules, options, signal)
    this.#chunks = new ChunkRunner({host, outlet, loop: this.#loop, calls: this.#calls, signal, fail})
  }

  /** True when no call is in flight and all outputs have been handed on. */
  get idle(): boolean {
    return this.#calls.outbox.idle
  }

  /** Whether a bundle may start before the previous one has finished; known after `setup()`. */
  get overlaps(): boolean {
    return !this.#apart
  }

  /** Elements that are counted as taken in and not finished. */
  get unfinished(): number {
    return this.#apart ? 0 : this.#calls.outbox.unfinished
  }

  /** Runs the DoFn's `setup`. */
  setup(): Wait {
    const pending = this.#failures.guard(() => this.#hooks.setup())
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
    return this.#failures.guard(() => this.#hooks.startBundle())
  }

  /** Processes a part of the bundle. The next may follow once this one is done, or its last calls have started. */
  process(chunk: Bundle<I>): Wait {
    const bundle = this.#bundle!
    bundle.add(chunk, this.#code.finishBundle !== undefined)
    return this.#run(chunk, bundle, this.#code, this.#asynchronous)
  }

  /**
   * Calls the DoFn's `onTimer` for timers that have fired, within the open bundle. Order, errors, outputs and waiting are as in
   * {@link process}. Report the watermark that made them fire afterwards, or their outputs would be late.
   *
   * @param columns the ids and leases of their outputs; timestamps and windows come from the timers
   */
  onTimer(timers: readonly FiredTimer[], columns?: TimerColumns): Wait {
    const bundle = this.#bundle!
    const chunk = timerChunk(timers, columns)
    bundle.addTimers(chunk, this.#code.finishBundle !== undefined)
    return this.#run(chunk as Bundle<never>, bundle, this.#timers, false)
  }

  #run(chunk: Bundle<I>, bundle: BundleInWork, callee: Callee<I>, asynchronous: boolean): Wait {
    if (asynchronous || !this.#calls.outbox.idle)
      return this.#failures.until(accepted => this.#chunks.callAll(chunk, bundle, callee, accepted))
    const outcome = this.#chunks.run(chunk, bundle, callee)
    if (outcome === 'done') return undefined
    if (outcome === 'failed') return this.#failures.failed()
    return this.#failures.until(accepted => this.#chunks.goOn(outcome, chunk, bundle, callee, accepted))
  }

  /** The input watermark after everything that was given so far. */
  onWatermark(watermark: number): void {
    if (!this.#bundle) this.#calls.outbox.advance(watermark)
    else if (watermark > this.#watermark) this.#watermark = watermark
  }

  /** What a barrier has to wait for: in a step with state, the calls in flight. */
  beforeBarrier(): Wait {
    return this.#options.stateful && !this.idle ? this.whenIdle() : undefined
  }

  /**
   * Passes a barrier: it leaves after all outputs of what was given before it, and before all others. A bundle that is open goes
   * on; but with `startBundle` or `finishBundle`, which may hold elements back, it ends before the barrier and a new one begins.
   */
  onBarrier(barrier: number): Wait {
    if (!this.#bundle) return this.#pass(barrier)
    if (this.#apart) return this.#split(barrier)
    this.#loop.flush()
    return this.#pass(barrier)
  }

  #pass(barrier: number): undefined {
    if (this.idle) this.#outlet.barrier(barrier)
    else this.#calls.outbox.barrier(barrier)
  }

  #split(barrier: number): Wait {
    const next = () => {
      this.#pass(barrier)
      return this.start()
    }
    const finished = this.finish()
    return finished ? finished.then(next) : next()
  }

  /** Ends the bundle; done when all of its outputs have been handed on, those of asynchronous calls and `finishBundle` included. */
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
    return this.#failures.until(delivered => {
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
      this.#failures.failWith(this.#hooks.error('finishBundle', 'ERR_SLUICE_FINISH_BUNDLE', error))
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
    return this.#failures.until((done, reject) => void watched.then(done, reject))
  }

  /** Nothing of the bundle is in flight: hands on its last outputs and its watermark. */
  #end(bundle: BundleInWork): Wait {
    if (this.#failures.signal.aborted) return this.#failures.failed()
    try {
      this.#loop.flush(this.#watermark)
      this.#leave()
      bundle.count(this.#host)
    } catch (error) {
      return this.#failures.fail(error)
    }
    return undefined
  }

  #leave(): void {
    const watermark = this.#watermark
    this.#bundle = undefined
    this.#watermark = Number.NEGATIVE_INFINITY
    this.#calls.outbox.advance(watermark)
  }

  /** Resolves when the outputs of everything taken in so far have been handed on. */
  whenIdle(): Promise<void> {
    return this.#failures.until(idle => this.#calls.outbox.whenIdle(idle))
  }

  /** Runs the DoFn's `teardown`, once and only after `setup()`. */
  teardown(): Promise<void> {
    return this.#hooks.teardown()
  }

  /** Stops everything; teardown follows when calls in flight have settled, at most 1 s later. */
  abort(error: Error | null): void {
    this.#failures.abort(error)
    this.#loop.close()
    this.#finishing?.stop()
    const calls = this.#calls.close(error)
    this.#failures.rejectWaits()
    if (!this.#hooks.toTearDown) return
    const {pending} = this.#hooks
    const open = calls || pending || this.#loop.calling
    tearDownLater(this.#host, open ? [calls, pending] : [], () => this.teardown())
  }
}
