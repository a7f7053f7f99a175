import {SluiceError, show, wrapError} from '../../errors/index.ts'
import {Bundle, isBundle} from '../bundle/bundle.ts'
import {returnQuietly} from '../processing/elements/results.ts'
import {countBundle} from '../processing/ports/count-bundle.ts'
import {STAGE, type types} from '../stage/brands.ts'
import {publishStage} from '../stage/channels.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import {type DrainOptions, drainDeadline, drainError} from '../stage/drain.ts'
import type {StageDescriptor} from '../stage/info/descriptor.ts'
import {destroyOnAbort, nodeOptions, type StageOptions} from '../stage/stage-options.ts'
import {startStage} from '../stage/start-stage.ts'
import {DRAIN_BY, DRAIN_ERROR, EMIT_BARRIER, NEVER_STARTED, OUTPUT, OUTPUTS} from './internals.ts'
import {Outputs} from './outputs.ts'
import {StageReadable} from './stage-readable.ts'

/**
 * A Readable that produces elements: implement `bundles()`, an async iterable of Bundles or arrays.
 *
 * Stages of sluice receive whole bundles, everybody else (`for await`, `'data'`, any other stream) one value at a time. An error
 * thrown by `bundles()` destroys the stream with a {@link SluiceError} `ERR_SLUICE_SOURCE` that has it as its `cause`.
 *
 * @example
 * class Numbers extends Source<number> {
 *   async *bundles() { yield [1, 2, 3]; yield [4] }
 * }
 */
export abstract class Source<O, Tags extends object = {}> extends StageReadable<O> {
  declare readonly [types]: {out: () => O; tags: () => Tags}
  /** @internal */
  readonly [OUTPUTS]: Outputs
  readonly #abort = new AbortController()
  #iterator: AsyncIterator<Bundle<O> | O[]> | undefined
  #running = false
  /** No more bundles: the input has ended, or was told to end early. */
  #ending = false
  #pending: {bundle: Bundle<O>; at: number} | undefined

  constructor(options?: StageOptions, descriptor?: StageDescriptor) {
    const {highWaterMark, objectMode} = nodeOptions(options?.name ?? 'source', options, [])
    super({highWaterMark, objectMode}, {options, className: new.target.name || 'Source', descriptor})
    this[OUTPUTS] = new Outputs(this[STAGE], this[OUTPUT])
    destroyOnAbort(this, options?.signal)
  }

  /**
   * Produces the elements. `signal` aborts when the stream is destroyed or told to end early. Arrays of more than 1,000 values are
   * handed on in slices, under backpressure.
   */
  abstract bundles(signal: AbortSignal): AsyncIterable<Bundle<O> | O[]> | Iterable<Bundle<O> | O[]>

  /** The Readable of a tagged output; claim it before the stream starts. */
  tagged<K extends keyof Tags & string>(tag: K): StageReadable<Tags[K]> {
    return this[OUTPUTS].claim<Tags[K]>(tag)
  }

  /**
   * Ends the stream as if its input ended here, without an error: what was handed on stays valid. For sinks that need no more, such
   * as `writeToStdout` when its reader has gone.
   *
   * @example
   * const source = readFromStdin()
   * process.once('SIGINT', () => source.endEarly()) // what has been read so far is written and committed
   * await chain(source, writeToStdout())
   */
  endEarly(): void {
    if (this.#ending || this.destroyed) return
    this.#abort.abort()
    // not awaited, as in _destroy
    void returnQuietly(this.#iterator)
    if (this.#pending) this[NEVER_STARTED](this.#pending.bundle, this.#pending.at)
    this.#pending = undefined
    this.#finish().catch(error => this.#fail(error))
  }

  /**
   * Stops reading and lets what was handed on reach the sinks: {@link endEarly}, then waits until the stream has closed. A source
   * of messages closes when every message is settled and its acknowledgement has been sent.
   *
   * @param options `deadline` (8 s): messages not settled by then are given back, and the stream fails with `ERR_SLUICE_DRAIN`
   * @returns a promise that resolves when the stream has closed; it never rejects, since the pipeline reports how the run ended
   *
   * @example
   * const source = readFromPubSub({subscription: 'my-subscription'})
   * process.once('SIGTERM', () => source.drain({deadline: '8s'}))
   * await chain(source, discard())
   */
  async drain(options?: DrainOptions): Promise<void> {
    const deadline = drainDeadline(this[STAGE].name, options)
    if (this.closed) return
    const closed = new Promise<void>(resolve => this.once('close', resolve))
    const timer = this[STAGE].clock.setTimeout(() => this.destroy(this[DRAIN_ERROR](deadline)), deadline, true)
    if (!this.destroyed) {
      this[DRAIN_BY](this[STAGE].clock.now() + deadline)
      this.endEarly()
      // without a reader there is no 'end', and nothing would ever close it
      if (!this[OUTPUT].claimed) this.destroy()
    }
    await closed
    timer.cancel()
  }

  /** @internal Gives back the messages of the values from `from` on, which are not handed on since the source was told to end. */
  [NEVER_STARTED]({leases}: Bundle<unknown>, from: number): void {
    for (let i = from; leases && i < leases.length; i++) leases[i]!.nack()
  }

  /** @internal Called when a drain begins, with its deadline on the stage's clock: for sources that have more to settle. */
  [DRAIN_BY](_time: number): void {}

  /** @internal The error of a drain that took too long. */
  [DRAIN_ERROR](deadline: number): SluiceError {
    return drainError(this[STAGE].name, deadline)
  }

  /**
   * Hands a bundle to a tagged output and waits until there is room for more. Values for a tag that nobody has claimed are dropped and
   * counted; for dead letters and rejects that is an error.
   */
  protected async emitTagged(tag: string, bundle: Bundle<unknown>): Promise<void> {
    if (this.#ending) return this[NEVER_STARTED](bundle, 0)
    if (!this[OUTPUTS].claims(tag)) {
      for (const value of bundle.values) this[OUTPUTS].outlet.unclaimed(tag, value)
      return
    }
    this[OUTPUTS].outlet.push(tag, bundle)
    if (!this[OUTPUTS].hasRoom()) await new Promise<void>(resolve => this[OUTPUTS].whenRoom(resolve))
  }

  /** @internal Emits a barrier after everything pushed so far, even without demand; does nothing after the end. */
  [EMIT_BARRIER](barrier: number): void {
    if (!this.#ending && !this.destroyed) this[OUTPUTS].barrier(barrier)
  }

  override _read(): void {
    this[OUTPUT].requested()
    this[OUTPUTS].onWanted()
    if (!this.#running) {
      this.#running = true
      void this.#produce()
    }
  }

  async #produce(): Promise<void> {
    try {
      while (this[OUTPUT].wanted && !this.destroyed && !this.#ending) {
        if (this.#pending) {
          this.#pushPending()
          continue
        }
        const asked = performance.now()
        const next = this.#next()
        const {value, done} = await (next instanceof Promise ? this[STAGE].calls.watch('bundles()', next) : next)
        this[STAGE].metrics.busyMs += performance.now() - asked
        if (this.destroyed || this.#ending) {
          if (isBundle(value)) this[NEVER_STARTED](value as Bundle<O>, 0)
          break
        }
        if (done) {
          this.#finish().catch(error => this.#fail(error))
          break
        }
        this.#pending = {bundle: this.#bundleOf(value), at: 0}
      }
      this.#running = false
      // from here on only a standstill has to be noticed
      if (!this.destroyed && !this.#ending) this[OUTPUTS].watch()
    } catch (error) {
      // an input that was told to end may end with an error
      if (!this.#ending) this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    const {name} = this[STAGE]
    this.destroy(wrapError('ERR_SLUICE_SOURCE', m => `${name}: ${m}`, error, {stage: name}))
  }

  #bundleOf(value: unknown): Bundle<O> {
    if (isBundle(value)) return value as Bundle<O>
    if (Array.isArray(value)) return new Bundle<O>(value)
    throw new SluiceError(
      'ERR_SLUICE_SOURCE',
      `${this[STAGE].name}: bundles() yielded ${show(value)}; yield an array of elements (or a Bundle), also for one`,
      {stage: this[STAGE].name},
    )
  }

  #next(): Promise<IteratorResult<Bundle<O> | O[]>> | IteratorResult<Bundle<O> | O[]> {
    if (!this.#iterator) {
      this[OUTPUTS].start()
      startStage(this[STAGE])
      const produced = this.bundles(this.#abort.signal) as {
        [Symbol.asyncIterator]?: () => AsyncIterator<Bundle<O> | O[]>
        [Symbol.iterator]?: () => AsyncIterator<Bundle<O> | O[]>
      }
      const open = produced?.[Symbol.asyncIterator] ?? produced?.[Symbol.iterator]
      if (!open)
        throw new SluiceError(
          'ERR_SLUICE_SOURCE',
          `${this[STAGE].name}: bundles() returned no iterable; write \`async *bundles(signal) { yield [value, …] }\``,
          {stage: this[STAGE].name},
        )
      this.#iterator = open.call(produced)
    }
    return this.#iterator.next()
  }

  #pushPending(): void {
    const {bundle, at} = this.#pending!
    const end = at + DEFAULTS.bundleValues
    const size = bundle.values.length
    const part = at === 0 && size <= end ? bundle : bundle.slice(at, Math.min(end, size))
    if (end >= size) this.#pending = undefined
    else this.#pending!.at = end
    if (part.values.length > 0) this[OUTPUTS].outlet.push(undefined, part)
    else this[OUTPUT].advance(part.watermark)
    countBundle(this[STAGE], 0, part.values.length)
  }

  async #finish(): Promise<void> {
    this.#ending = true
    await this[OUTPUTS].finishTags()
    publishStage(this[STAGE], 'end')
    if (!this.destroyed) this.push(null)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#abort.abort(error ?? undefined)
    if (error) publishStage(this[STAGE], 'error', error)
    // not awaited: a generator that is waiting for something would never answer
    if (this.#running || !this.readableEnded) void returnQuietly(this.#iterator)
    this[OUTPUTS].destroyTags(error)
    if (this.#pending) this[NEVER_STARTED](this.#pending.bundle, this.#pending.at)
    this.#pending = undefined
    this[STAGE].held.giveBack(error)
    callback(error)
  }
}
