import {Duplex, finished} from 'node:stream'
import {
  type Bundle,
  BundleStage,
  type DoFn,
  nackAll,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageOf,
} from '../core/index.ts'
import {badOption, checkOptionNames, SluiceError} from '../errors/index.ts'
import {deferred} from '../util/index.ts'

/** A bundle whose values are written to the wrapped stream. */
interface Given<I> {
  readonly bundle: Bundle<I>
  readonly watermark: number
  /** How many of its values have been answered downstream. */
  answered: number
}

class Track<I, O> extends BundleStage<I, O> {
  static override readonly name = 'track'
  readonly #inner: Duplex
  readonly #ended = deferred()
  /** Bundles that are not fully answered, oldest first. */
  readonly #given: Given<I>[] = []
  /** Answers to the oldest values, not emitted yet. */
  #answers: O[] = []
  #writes = 0
  #reads = 0
  #held = false
  #scheduled: NodeJS.Immediate | undefined
  readonly #what: string

  constructor(inner: Duplex, options: StageOptions | undefined) {
    super(options)
    this.#inner = inner
    this.#what = `the wrapped stream (${inner.constructor.name})`
    inner.on('data', (answer: O) => this.#answered(answer))
    inner.once('end', () => this.#innerEnded())
    finished(inner, error => {
      if (error) this.fail(error)
    })
  }

  protected override takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void {
    this.#given.push({bundle, watermark, answered: 0})
    if (bundle.values.length === 0) this.#handOn()
    this.#write(bundle.values, 0, done)
  }

  protected override takeBarrier(bundle: Bundle<I>, done: () => void): void {
    this.takeBundle(bundle, Number.NEGATIVE_INFINITY, done)
  }

  #write(values: readonly I[], from: number, done: () => void): void {
    for (let i = from; i < values.length; i++) {
      if (this.destroyed) return
      // counted first: a synchronous Transform answers during write()
      if (this.#writes++ === this.#reads) this.info.calls.begin(this.#what)
      try {
        if (this.#inner.write(values[i])) continue
      } catch (error) {
        return this.fail(error, values[i])
      }
      this.#inner.once('drain', () => this.#write(values, i + 1, done))
      return
    }
    done()
  }

  #answered(answer: O): void {
    if (this.destroyed) return
    if (this.#reads >= this.#writes) return this.fail(this.#miscount('more values than it was given'))
    if (++this.#reads === this.#writes) this.info.calls.end(this.#what)
    const size = this.#answers.push(answer)
    const {bundle, answered} = this.#given[0]!
    if (answered + size >= bundle.values.length) this.#handOn()
    else this.#scheduled ??= setImmediate(() => this.#handOn())
  }

  /** Emits the answers, each with the id, timestamp and lease of its value, while there is room. */
  #handOn(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    if (this.destroyed) return
    try {
      for (let first = this.#given[0]; first; first = this.#given[0]) {
        if (!this.hasRoom()) return this.#holdBack()
        const size = Math.min(this.#answers.length, first.bundle.values.length - first.answered)
        this.#handOnOf(first, size)
        if (first.answered < first.bundle.values.length) break
        this.#given.shift()
      }
      if (!this.hasRoom()) this.#holdBack()
    } catch (error) {
      this.fail(error)
    }
  }

  #handOnOf(first: Given<I>, size: number): void {
    const {bundle, answered, watermark} = first
    const of = bundle.slice(answered, answered + size)
    first.answered += size
    if (bundle.barrier !== undefined) return this.passBarrier(bundle)
    const complete = first.answered === bundle.values.length
    const answers = this.#answers.splice(0, size)
    this.hand(of.withValues(answers).with({watermark: complete ? watermark : undefined}))
  }

  /** Downstream is full: the wrapped stream is not read until there is room. */
  #holdBack(): void {
    if (this.#held) return
    this.#held = true
    this.#inner.pause()
    this.whenRoom(() => {
      this.#held = false
      this.#inner.resume()
      this.#handOn()
    })
  }

  #innerEnded(): void {
    // the wrapped stream has ended before its input
    if (!this.#inner.writableEnded) this.fail(this.#miscount('its end before that of its input'))
    this.#ended.resolve()
  }

  protected override async finishInput(): Promise<void> {
    this.#inner.end()
    await this.info.calls.watch(this.#what, this.#ended.promise)
    if (this.#reads < this.#writes) throw this.#miscount(`${this.#reads} values for ${this.#writes}`)
    while (this.#given.length > 0) {
      await new Promise<void>(resolve => this.whenRoom(resolve))
      this.#handOn()
    }
  }

  #miscount(gave: string): SluiceError {
    const {name} = this.info
    return new SluiceError(
      'ERR_SLUICE_TRACK',
      `${name}: the wrapped stream (${this.#inner.constructor.name}) gave ${gave}; track() needs exactly one output ` +
        'for each input, in the same order. Use parDo(fn) for none or many',
      {stage: name},
    )
  }

  protected override abort(error: Error | null): void {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#inner.destroy(error ?? undefined)
    for (const {bundle, answered} of this.#given) nackAll(bundle.leases?.slice(answered), error)
  }
}

/**
 * Wraps a foreign Transform that emits exactly one output for each input, in the same order, as a stage: ids, timestamps,
 * watermarks and leases of messages continue downstream, which a foreign stream would end.
 *
 * Only the number of outputs is checked: a stream that drops one output and doubles another gives rows the wrong ids.
 *
 * @param transform an unused Duplex with object mode on its readable side; it belongs to the stage from now on
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_TRACK` fails the run when it emits fewer or more
 *   values than it received, `ERR_SLUICE_PROCESS` when it fails
 *
 * @example
 * const upper = new Transform({
 *   objectMode: true,
 *   transform: (line: string, _encoding, done) => done(null, {text: line.toUpperCase()}),
 * })
 * await pipeline(readFromText('words.txt'), track(upper), writeToBigQuery({table: 'd.t', schema: 'text:STRING'}))
 */
export function track<I = unknown, O = unknown>(transform: Duplex, options?: StageOptions): DoFn<I, O> {
  checkOptionNames(options?.name ?? 'track', options, STAGE_OPTION_NAMES)
  if (!(transform instanceof Duplex)) throw badOption('track', 'transform', transform, 'a Transform or other Duplex')
  if (stageOf(transform))
    throw badOption(
      'track',
      'transform',
      transform.constructor.name,
      'a stream that is not a sluice stage: those need no track()',
    )
  if (!transform.readableObjectMode)
    throw badOption(
      'track',
      'transform',
      transform.constructor.name,
      'one with readableObjectMode: bytes have no count',
    )
  if (transform.destroyed || transform.writableEnded || transform.readableFlowing !== null)
    throw badOption('track', 'transform', transform.constructor.name, 'one that is not in use')
  return new Track<I, O>(transform, options) as unknown as DoFn<I, O>
}
