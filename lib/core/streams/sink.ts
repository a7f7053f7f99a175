import {type Readable, Writable} from 'node:stream'
import {SluiceError, type SluiceErrorCode, wrapError} from '../../errors/index.ts'
import {Bundle, isBundle} from '../bundle/bundle.ts'
import {isThenable} from '../processing/elements/results.ts'
import {countBundle} from '../processing/ports/count-bundle.ts'
import {tearDownLater} from '../processing/tear-down-later.ts'
import {STAGE, stageOf, type types} from '../stage/brands.ts'
import {publishStage} from '../stage/channels.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import {type Done, holdGiven, throughWith} from '../stage/hold-given.ts'
import type {StageDescriptor} from '../stage/info/descriptor.ts'
import {StageInfo} from '../stage/info/stage-info.ts'
import {connectFromForeign} from '../stage/links/links.ts'
import {chunksFor, destroyOnAbort, nodeOptions, type StageOptions} from '../stage/stage-options.ts'
import {stageInProgress, startStage} from '../stage/start-stage.ts'
import {barrierArrived} from './barriers.ts'
import {CommittedLeases} from './committed-leases.ts'
import {Inbox} from './inbox.ts'
import {setWritableLimit} from './output.ts'

/**
 * A Writable that writes elements somewhere: implement `writeBundle()` and `commit()`.
 *
 * `'finish'` (and a `pipeline()` that resolves) means that everything is committed. With `pipe(sink, {end: false})` only
 * `await sink.flush()` promises that. Errors destroy the stream with a {@link SluiceError} `ERR_SLUICE_SINK`.
 *
 * @example
 * class Log extends Sink<object> {
 *   override writeBundle(bundle: Bundle<object>) { for (const row of bundle.values) console.error(row) }
 *   override commit() {}
 * }
 */
export abstract class Sink<I> extends Writable {
  declare readonly [types]: {in: (x: I) => void}
  readonly [STAGE]: StageInfo
  readonly #abort = new AbortController()
  // not typed by I: a private field of that type would keep Sink<unknown> from being a Sink<Row>
  readonly #inbox: Inbox<never>
  readonly #valueLimit: number
  readonly #bundleLimit: number
  #started: Promise<void> | true | undefined
  #torn = false
  readonly #inFlight = new Set<Promise<void>>()
  /** Made for the first bundle with leases, unless the sink releases them itself. */
  #leases: CommittedLeases | undefined

  constructor(options?: StageOptions, descriptor?: StageDescriptor) {
    const {highWaterMark, objectMode} = nodeOptions(options?.name ?? 'sink', options, [])
    super({highWaterMark, objectMode})
    destroyOnAbort(this, options?.signal)
    this.#valueLimit = options?.highWaterMark ?? DEFAULTS.highWaterMark
    this.#bundleLimit = chunksFor(this.#valueLimit, DEFAULTS.bundleValues)
    this[STAGE] = new StageInfo(this, 'sink', {options, className: new.target.name || 'Sink', descriptor})
    this.#inbox = new Inbox(this.#take)
    this.on('pipe', (source: Readable) => {
      stageInProgress(this[STAGE])
      try {
        if (!stageOf(source)) connectFromForeign(source, this[STAGE])
      } catch (error) {
        this.destroy(error as Error)
      }
    })
  }

  /**
   * True for a sink that releases the leases of a bundle itself, each when its value is committed. Otherwise they are
   * released when a `commit()` that began after `writeBundle()` has succeeded; while messages are waiting for that,
   * `commit()` is called again and again.
   */
  protected get ownsLeases(): boolean {
    return false
  }

  /** Runs once before the first bundle; never for an empty input. */
  setup?(signal: AbortSignal): Promise<void> | void
  /** Takes a bundle. Return a promise to hold back further input; writing may go on after it resolved, until `commit`. */
  abstract writeBundle(bundle: Bundle<I>): Promise<void> | void
  /** Resolves when everything taken so far is committed. Called by `flush()` and at the end. */
  abstract commit(): Promise<void> | void
  /** Runs once at the end, also after a failure, if setup has run. */
  teardown?(error: Error | null): Promise<void> | void

  /** Name, links and counts of this stage. */
  get info(): StageInfo {
    return this[STAGE]
  }

  /** Aborts when the stream is destroyed. */
  protected get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Resolves when everything written so far is committed; rejects with the stream's error. */
  async flush(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const why = `${this[STAGE].name} was destroyed before it was flushed`
      const failed = () => reject(this.errored ?? new SluiceError('ERR_SLUICE_SINK', why))
      if (this.writableFinished) return resolve()
      if (this.destroyed) return failed()
      this.once('close', failed)
      const settle = () => resolve(void this.off('close', failed))
      if (this.writableEnded) this.once('finish', settle)
      // an empty bundle passes through Node's buffer: when it arrives, everything written before has been taken
      else
        super.write(new Bundle<I>([]), error => {
          if (!error)
            this.#inbox.whenEmpty(() => this.#commit().then(() => (this.destroyed ? failed() : settle()), reject))
        })
    })
  }

  async #commit(): Promise<void> {
    try {
      await this.#track('commit()', this.#commitLeases())
    } catch (error) {
      const wrapped = this.#wrap(error)
      this.destroy(wrapped)
      throw wrapped
    }
  }

  /** Tracks a call in flight: teardown waits for it. */
  #track(name: string, answer: Promise<void> | void): Promise<void> | void {
    // user code may return anything; only promises are awaited
    if (!isThenable(answer)) return
    const call = this[STAGE].calls.watch(name, Promise.resolve(answer))
    this.#inFlight.add(call)
    const forget = () => void this.#inFlight.delete(call)
    call.then(forget, forget)
    return call
  }

  override write(chunk: unknown, ...rest: never[]): boolean {
    const bundled = isBundle(chunk)
    if (bundled) holdGiven(this[STAGE], chunk)
    setWritableLimit(this, bundled ? this.#bundleLimit : this.#valueLimit)
    return super.write(chunk, ...rest)
  }

  override _write(chunk: I | Bundle<I>, _encoding: BufferEncoding, done: Done): void {
    this.#inbox.write(chunk as never, throughWith(this[STAGE], chunk, done))
  }

  // an arrow function: each call between two streams makes stack traces longer
  readonly #take = (bundle: Bundle<never>, done: Done): void => {
    if (bundle.barrier !== undefined) {
      barrierArrived(this[STAGE], bundle.barrier)
      return done()
    }
    // an empty bundle only moves the watermark, and needs no setup
    if (bundle.values.length === 0 && !this.#started) return done()
    const from = performance.now()
    const failed = (error: unknown) => {
      const wrapped = this.#wrap(error)
      done(wrapped)
      if (!this.destroyed) this.destroy(wrapped)
    }
    const finished = () => {
      this[STAGE].metrics.busyMs += performance.now() - from
      if (bundle.values.length > 0) countBundle(this[STAGE], bundle.values.length, 0)
      done()
    }
    try {
      const ready = this.#start()
      const write = ready ? ready.then(() => this.#write(bundle)) : this.#write(bundle)
      const written = this.#track('writeBundle()', write)
      if (written) return void written.then(finished, failed)
    } catch (error) {
      return failed(error)
    }
    finished()
  }

  #write(bundle: Bundle<I>): Promise<void> | void {
    if (this.destroyed) return
    const written = this.writeBundle(bundle)
    const {leases} = bundle
    if (!leases || this.ownsLeases === true) return written
    const fail = (error: unknown) => void this.destroy(this.#wrap(error))
    this.#leases ??= new CommittedLeases(() => this.commit(), fail)
    return this.#leases.add(leases, isThenable(written) ? Promise.resolve(written) : undefined)
  }

  #start(): Promise<void> | undefined {
    if (this.#started === true) return undefined
    if (this.#started) return this.#started
    startStage(this[STAGE])
    this.#started = true
    const failed: (error: unknown) => never = error => {
      throw this.#wrap(error, 'ERR_SLUICE_SETUP', 'setup() failed: ')
    }
    let pending: Promise<void> | undefined
    try {
      const setup = this.setup?.(this.#abort.signal)
      if (isThenable(setup)) pending = this[STAGE].calls.watch('setup()', Promise.resolve(setup))
    } catch (error) {
      failed(error)
    }
    if (!pending) return undefined
    this.#started = pending.then(() => void (this.#started = true), failed)
    return this.#started
  }

  override _final(done: Done): void {
    this.#inbox.whenEmpty(() => {
      this.#finish().then(
        () => done(),
        error => done(this.#wrap(error)),
      )
    })
  }

  /** Calls `commit()`, then releases the leases of what had been written before. */
  #commitLeases(): Promise<void> | void {
    return this.#leases ? this.#leases.commitAll() : this.commit()
  }

  async #finish(): Promise<void> {
    await this.#track('commit()', this.#commitLeases())
    if (this.destroyed) return
    await this.#tearDown(null)
    publishStage(this[STAGE], 'end')
  }

  async #tearDown(error: Error | null): Promise<void> {
    if (this.#torn || !this.#started) return
    this.#torn = true
    try {
      const torn = this.teardown?.(error)
      if (isThenable(torn)) await this[STAGE].calls.watch('teardown()', Promise.resolve(torn))
    } catch (cause) {
      throw this.#wrap(cause, 'ERR_SLUICE_TEARDOWN', 'teardown() failed: ')
    }
  }

  #wrap(error: unknown, code: SluiceErrorCode = 'ERR_SLUICE_SINK', what = ''): Error {
    const {name} = this[STAGE]
    return wrapError(code, m => `${name}: ${what}${m}`, error, {stage: name})
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#abort.abort(error ?? undefined)
    this.#inbox.clear()
    this.#leases?.close(error)
    this[STAGE].held.giveBack(error)
    if (error) publishStage(this[STAGE], 'error', error)
    if (this.teardown) tearDownLater(this[STAGE], [...this.#inFlight], () => this.#tearDown(error))
    callback(error)
  }
}
