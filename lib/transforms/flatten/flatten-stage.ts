import type {Readable, Writable} from 'node:stream'
import {finished} from 'node:stream/promises'
import {
  type Bundle,
  barrierArrived,
  type Collection,
  connectFromForeign,
  countBundle,
  DEFAULTS,
  type Done,
  destroyOnAbort,
  InputWatermarks,
  type JoinStage,
  nodeOptions,
  OUTPUT,
  OUTPUTS,
  Outputs,
  PrefixedIds,
  publishStage,
  STAGE,
  type StageInfo,
  type StageOptions,
  StageReadable,
  stageDescriptor,
  stageOf,
  startStage,
  upstreamOf,
  watchUpstream,
} from '../../core/index.ts'
import {type SluiceError, wrapError} from '../../errors/index.ts'
import {refuseDifferent} from '../../windowing/index.ts'
import {BarrierAlignment} from './barrier-alignment.ts'
import type {FlattenInputs} from './flatten-inputs.ts'
import {Port} from './flatten-port.ts'

/** Merges its inputs, reading whichever is ready. */
export class Flatten<O> extends StageReadable<O> implements JoinStage {
  readonly inputs: readonly Collection[]
  /** @internal */
  readonly [OUTPUTS]: Outputs
  readonly #watermarks = new InputWatermarks()
  readonly #streams: Readable[] = []
  readonly #destroyInputs: ((error: Error | null) => void)[] = []
  readonly #ports: Port[] = []
  /** Positions of the inputs that were asked to end. */
  readonly #cut = new Set<number>()
  #open: number
  readonly #barriers = new BarrierAlignment(
    () => this.#open,
    barrier => {
      barrierArrived(this[STAGE], barrier)
      this[OUTPUTS].barrier(barrier)
    },
  )
  #started = false

  constructor({collections, streams}: FlattenInputs, options: StageOptions | undefined, className = 'flatten') {
    const {objectMode, highWaterMark} = nodeOptions(options?.name ?? className, options, [])
    const descriptor = stageDescriptor({refuse: () => this.refusal()})
    super({objectMode, highWaterMark}, {options, className, descriptor})
    destroyOnAbort(this, options?.signal)
    this[OUTPUTS] = new Outputs(this.info, this[OUTPUT])
    this.inputs = collections
    this.#open = collections.length + streams.length
    try {
      for (const [position, stream] of streams.entries()) this.#connect(stream, position)
    } catch (error) {
      // refused: the inputs before it must not go on by themselves
      this.destroy()
      throw error
    }
  }

  connect(stream: Readable, position: number): void {
    this.#connect(stream, position)
  }

  #connect(stream: Readable, position: number): void {
    const from = stageOf(stream)
    this.#streams.push(stream)
    this.#watermarks.add(from)
    this.#destroyInputs.push(watchUpstream(stream, error => this.#inputFailed(position, error)))
    const port = new Port(
      this.info,
      from ? 1 : DEFAULTS.highWaterMark,
      (bundle, done) => this.#take(bundle, position, done),
      () => this.#left(from),
      error => {
        if (error || !port.writableFinished) this.destroy(error ?? undefined)
      },
    )
    this.#ports.push(port)
    if (!from) connectFromForeign(stream, this.info)
    if (stream.readableEnded) port.end()
    else stream.pipe(port)
  }

  /**
   * Ends the foreign inputs that no stage of sluice feeds, as if they had ended now. Sources of sluice have their own `drain()`
   * and `endEarly()`.
   */
  endEarly(): void {
    for (const [position, stream] of this.#streams.entries()) {
      const port = this.#ports[position]!
      const fed = [...this.info.upstream].some(({foreign}) => foreign.has(stream as unknown as Writable))
      if (stageOf(stream) || fed || port.writableEnded || this.destroyed) continue
      this.#cut.add(position)
      stream.unpipe(port)
      port.end()
      stream.destroy()
    }
  }

  #inputFailed(position: number, error: Error): void {
    if (this.#cut.has(position)) return
    const stage = this.info.name
    this.destroy(wrapError('ERR_SLUICE_SOURCE', m => `${stage}: input ${position} failed: ${m}`, error, {stage}))
  }

  #take(bundle: Bundle<unknown>, position: number, done: Done): void {
    const {barrier} = bundle
    if (barrier !== undefined) return this.#barriers.arrive(position, barrier, () => this.#whenRoom(done))
    const {values, ids} = bundle
    const watermark = this.#watermarks.after(bundle)
    try {
      if (values.length > 0) {
        this.#start()
        const marked = ids && new PrefixedIds(ids, String(position))
        this[OUTPUTS].outlet.push(undefined, this.mark(bundle, position).with({ids: marked, watermark}))
        countBundle(this.info, values.length, values.length)
      } else this[OUTPUT].advance(watermark)
    } catch (error) {
      this.destroy(error as Error)
      return
    }
    this.#whenRoom(done)
  }

  /** Why it must not run behind these inputs. */
  protected refusal(): SluiceError | undefined {
    return refuseDifferent(this.info)
  }

  /** What becomes of a bundle of an input. */
  protected mark(bundle: Bundle<unknown>, _position: number): Bundle<unknown> {
    return bundle
  }

  #whenRoom(done: () => void): void {
    if (this[OUTPUTS].hasRoom()) done()
    else this[OUTPUTS].whenRoom(done)
  }

  #start(): void {
    if (!this.#started) startStage(this.info)
    this.#started = true
  }

  #left(from: StageInfo | undefined): void {
    if (this.destroyed) return
    this[OUTPUT].advance(this.#watermarks.after(InputWatermarks.leaving(from)))
    this.#open--
    this.#barriers.align()
    if (this.#open > 0) return
    publishStage(this.info, 'end')
    this.push(null)
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: {end?: boolean}): T {
    try {
      return super.pipe(destination, options)
    } catch (error) {
      // a refusal stops message sources before they pull; thrown here, it is not an error event as well
      if (this.#streams.some(stream => stream.destroyed)) this.destroy()
      throw error
    }
  }

  override _read(): void {
    this[OUTPUT].requested()
    this[OUTPUTS].onWanted()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (error) publishStage(this.info, 'error', error)
    this[OUTPUTS].destroyTags(error)
    for (const port of this.#ports) if (!port.writableFinished) port.destroy()
    this.info.held.giveBack(error)
    if (error || this.#open > 0) {
      for (const destroy of this.#destroyInputs) destroy(error)
      callback(error)
    } else this.#whenAcknowledged(callback)
  }

  /** pipeline() knows only this stage: it closes when the message sources upstream have sent their acknowledgements. */
  #whenAcknowledged(callback: (error?: Error | null) => void): void {
    const sources = new Set<Readable>()
    for (const input of this.info.upstream)
      for (const stage of upstreamOf(input)) if (stage.leased) sources.add(stage.stream as Readable)
    Promise.all([...sources].map(source => finished(source, {writable: false}))).then(() => callback(), callback)
  }
}
