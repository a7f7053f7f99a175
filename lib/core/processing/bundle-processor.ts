import {type SluiceErrorCode, wrapError} from '../../errors/index.ts'
import type {Bundle} from '../bundle/bundle.ts'
import {retainAll} from '../bundle/lease.ts'
import {publishStage} from '../stage/channels.ts'
import type {Done} from '../stage/hold-given.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import {startStage} from '../stage/start-stage.ts'
import {Inbox} from '../streams/inbox.ts'
import type {Outputs} from '../streams/outputs.ts'
import type {SideInputs} from '../streams/side-inputs.ts'
import {AsyncCalls} from './async-calls.ts'
import {CallContext, emitRefused} from './call-context.ts'
import {countBundle} from './count-bundle.ts'
import {FinishOutputs} from './finish-bundle.ts'
import {isThenable} from './results.ts'
import {type Outcome, SyncLoop} from './sync-loop.ts'
import {tearDownLater} from './tear-down-later.ts'
import {noProcess, type RunOptions, type UserCode} from './user-code.ts'
import {InputWatermarks} from './watermarks.ts'

/**
 * Runs a DoFn: bundle after bundle through the synchronous loop, and through asynchronous calls from the first element
 * that answers with a promise until those are done.
 */
export class BundleProcessor<I> {
  readonly watermarks = new InputWatermarks()
  readonly #stage: UserCode<I>
  readonly #info: StageInfo
  readonly #outputs: Outputs
  readonly #side: SideInputs | undefined
  readonly #inbox: Inbox<I>
  readonly #abort = new AbortController()
  readonly #loop: SyncLoop<I>
  readonly #calls: AsyncCalls<I>
  #hooks = false
  /** `process` is an async function: no need to find out by calling it. */
  #asynchronous = false
  readonly #context: CallContext
  /** A hook that answered with a promise. */
  #hook: Promise<unknown> | undefined
  #finishing: FinishOutputs | undefined
  #started = false
  #torn = false
  /** Elements that were taken in and are still worked on. */
  readonly unfinished = (): number => this.#calls.unfinished

  constructor(
    stage: UserCode<I>,
    info: StageInfo,
    outputs: Outputs,
    options: RunOptions & {side: SideInputs | undefined},
  ) {
    this.#stage = stage
    this.#info = info
    this.#outputs = outputs
    this.#side = options.side
    const fail = (error: unknown) => this.#fail(error)
    const {signal} = this.#abort
    this.#context = new CallContext(info, signal, emitRefused)
    this.#calls = new AsyncCalls(stage, info, outputs, options, signal, fail)
    this.#loop = new SyncLoop(stage, info, outputs, options, signal)
    this.#inbox = new Inbox((bundle, done) => this.#take(bundle, done))
  }

  write(chunk: I | Bundle<I>, done: Done): void {
    this.#inbox.write(chunk, done)
  }

  #take(bundle: Bundle<I>, done: Done): void {
    if (this.#started) return this.#begin(bundle, done)
    if (bundle.values.length === 0) return this.#end(bundle, done)
    const stage = this.#stage
    // not in the constructor: a class may define its methods as fields
    if (typeof stage.process !== 'function') return this.#fail(noProcess(this.#info.name))
    // not before: now everything is connected
    const refused = this.#side?.refusal()
    if (refused) return this.#fail(refused)
    this.#hooks = stage.startBundle !== undefined || stage.finishBundle !== undefined
    this.#asynchronous = /^Async/.test(stage.process.constructor.name)
    this.#started = true
    this.#outputs.start()
    startStage(this.#info)
    this.#user('setup', 'ERR_SLUICE_SETUP', () => this.#whenSides(() => this.#begin(bundle, done)))
  }

  /** Goes on when the side inputs are there; without any, at once. */
  #whenSides(next: () => void): void {
    if (!this.#side) return next()
    this.#side.whenReady(() => {
      if (!this.#stage.destroyed) next()
    })
  }

  /** Calls an optional hook, synchronously if it is, and goes on; a failure fails the stage. */
  #user(hook: 'setup' | 'startBundle', code: SluiceErrorCode, next: () => void): void {
    let pending: Promise<unknown> | undefined
    try {
      const result = this.#stage[hook]?.(this.#context)
      if (isThenable(result)) this.#hook = pending = Promise.resolve(result)
    } catch (error) {
      return this.#failIn(hook, code, error)
    }
    if (!pending) return next()
    this.#info.calls.watch(`${hook}()`, pending)
    pending.then(
      () => {
        if (!this.#stage.destroyed) next()
      },
      error => this.#failIn(hook, code, error),
    )
  }

  #begin(bundle: Bundle<I>, done: Done): void {
    if (bundle.values.length === 0 && this.#calls.idle) return this.#end(bundle, done)
    if (this.#side) this.#side.update()
    if (!this.#hooks && (this.#asynchronous || !this.#calls.idle)) {
      this.#calls.add(bundle, this.watermarks.after(bundle), undefined, done)
      return
    }
    // held until the outputs of finishBundle, which derive from the whole bundle, are handed on
    if (this.#stage.finishBundle && bundle.leases) retainAll(bundle.leases)
    if (this.#hooks) {
      this.#context.emitTo = emitRefused
      this.#user('startBundle', 'ERR_SLUICE_START_BUNDLE', () => this.#run(bundle, done))
    } else this.#run(bundle, done)
  }

  #run(bundle: Bundle<I>, done: Done): void {
    this.#loop.open(bundle)
    this.#step(bundle, done)
  }

  #step(bundle: Bundle<I>, done: Done): void {
    const from = performance.now() - this.#loop.flushMs
    let outcome: Outcome
    try {
      outcome = this.#loop.run()
      if (outcome === 'asynchronous') this.#loop.flush()
    } catch (error) {
      this.#loop.forget()
      return this.#fail(error)
    } finally {
      this.#info.metrics.busyMs += performance.now() - this.#loop.flushMs - from
    }
    // user code may have destroyed the stage
    if (this.#stage.destroyed) return this.#loop.forget()
    if (outcome === 'blocked') this.#outputs.whenRoom(() => this.#step(bundle, done))
    else if (outcome === 'done') this.#finishBundle(bundle, done)
    else this.#goAsynchronous(bundle, done)
  }

  #goAsynchronous(bundle: Bundle<I>, done: Done): void {
    const begun = this.#loop.handOver()
    if (this.#hooks)
      this.#calls.add(bundle, Number.NEGATIVE_INFINITY, begun, undefined, () => this.#finishBundle(bundle, done))
    else this.#calls.add(bundle, this.watermarks.after(bundle), begun, done)
  }

  #finishBundle(bundle: Bundle<I>, done: Done): void {
    if (!this.#stage.finishBundle) return this.#end(bundle, done)
    const from = performance.now()
    const finished = () => {
      this.#info.metrics.busyMs += performance.now() - from
      this.#end(bundle, done)
    }
    const failed = (error: unknown) => this.#failIn('finishBundle', 'ERR_SLUICE_FINISH_BUNDLE', error)
    let pending: Promise<void> | undefined
    try {
      this.#loop.flush()
      this.#finishing = new FinishOutputs(bundle, this.#info, this.#outputs, this.#context)
      pending = this.#finishing.take(this.#stage.finishBundle(this.#context))
    } catch (error) {
      return failed(error)
    }
    if (!pending) return finished()
    this.#hook = this.#info.calls.watch('finishBundle()', pending)
    pending.then(finished, failed)
  }

  /** A bundle is done: hands on what it made and its watermark, then asks for the next as soon as there is room. */
  #end(bundle: Bundle<I>, done: Done): void {
    if (this.#stage.destroyed) return
    try {
      this.#loop.flush(this.watermarks.after(bundle))
      if (bundle.values.length > 0) countBundle(this.#info, bundle.values.length, this.#loop.produced)
    } catch (error) {
      return this.#fail(error)
    }
    if (this.#outputs.hasRoom()) done()
    else this.#outputs.whenRoom(done)
  }

  /** The input has ended: everything taken is finished, torn down and read, then `done`. */
  finish(done: Done): void {
    this.#inbox.whenEmpty(() =>
      this.#calls.whenIdle(() =>
        // also for an input without elements: what is wrong with a side input fails every run
        this.#whenSides(() => {
          this.#outputs.start()
          this.#tearDown().then(
            () => this.#finishTags(done),
            error => this.#failIn('teardown', 'ERR_SLUICE_TEARDOWN', error),
          )
        }),
      ),
    )
  }

  #finishTags(done: Done): void {
    this.#outputs.finishTags().then(
      () => {
        if (this.#stage.destroyed) return
        publishStage(this.#info, 'end')
        done()
      },
      error => this.#fail(error),
    )
  }

  #fail(error: unknown): void {
    this.#stage.destroy(
      wrapError('ERR_SLUICE_PROCESS', m => `${this.#info.name}: ${m}`, error, {stage: this.#info.name}),
    )
  }

  #failIn(hook: string, code: SluiceErrorCode, error: unknown): void {
    const stage = this.#info.name
    this.#stage.destroy(wrapError(code, m => `${stage}: ${hook}() failed: ${m}`, error, {stage}))
  }

  async #tearDown(): Promise<void> {
    if (this.#torn || !this.#started) return
    this.#torn = true
    const torn = this.#stage.teardown?.(this.#context)
    if (isThenable(torn)) await this.#info.calls.watch('teardown()', Promise.resolve(torn))
  }

  /** Stops everything; teardown follows when calls in flight have settled, at most 1 s later. */
  destroy(error: Error | null): void {
    this.#abort.abort(error ?? undefined)
    if (error) publishStage(this.#info, 'error', error)
    this.#inbox.clear()
    this.#loop.close()
    this.#finishing?.stop()
    const calls = this.#calls.close(error)
    if (this.#torn || !this.#started) return
    const open = calls || this.#hook || this.#loop.calling
    tearDownLater(this.#info, open ? [calls, this.#hook] : [], () => this.#tearDown())
  }
}
