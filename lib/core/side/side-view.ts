import type {Readable} from 'node:stream'
import {messageOf, show, wrapError} from '../../errors/index.ts'
import {stageOf, type types} from '../stage/brands.ts'
import type {Timer} from '../stage/clock.ts'
import {type Collection, isCollection} from '../stage/collection.ts'
import {addTo} from '../stage/info/metrics.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import {disconnect, link, linkViewer} from '../stage/links/links.ts'
import {upstreamOf} from '../stage/links/walks.ts'
import {SIDE, type SideInput, type SideSource, type SideStream} from '../stage/side-input.ts'
import type {SideViewer, View} from '../stage/side-port.ts'
import {type SideFold, type SideName, sideError} from './side-fold.ts'
import {SideReading} from './side-reading.ts'
import {ENDLESS, MESSAGES, SideSink} from './side-sink.ts'

/** How a view is built. */
interface SideViewParts<E, T> {
  /** `asMap`, …: its name while no stage is known. */
  readonly kind: string
  readonly input: SideSource<E> | (() => SideStream<E>)
  readonly fold: (where: SideName) => SideFold<E, T>
  /** Time from the start of one read to the start of the next, ms. */
  readonly every?: number | undefined
}

/**
 * The implementation of {@link SideInput}: reads its input once for all stages that use it, or repeatedly with `every`, and holds
 * the view.
 */
export class SideView<E, T> implements SideInput<T>, View<StageInfo> {
  readonly [SIDE] = true
  declare readonly [types]: {side: () => T}
  /** Its input, if that is a collection, which the Pipeline connects. */
  readonly collection: Collection<E> | undefined
  readonly #parts: SideViewParts<E, T>
  readonly #viewers = new Set<SideViewer<StageInfo>>()
  #sink: SideSink<E, T>
  #reading: SideReading | undefined
  #begun = false
  #error: Error | undefined
  #startedAt = 0
  #timer: Timer | undefined
  /** How many times it has been built; 0 while it is not ready. */
  version = 0
  #value: T | undefined
  #size = 0

  constructor(parts: SideViewParts<E, T>) {
    this.#parts = parts
    const {input} = parts
    this.collection = isCollection(input) ? (input as Collection<E>) : undefined
    this.#sink = this.#newSink()
    // linked now, so that a graph shows it before anything is read
    const from = stageOf(input)
    if (from) link(from, this.#sink.info)
    const problem = this.#unfit()
    if (!problem) return
    if (from) disconnect(from, this.#sink)
    throw problem
  }

  /** The stage that consumes its elements. */
  get info(): StageInfo {
    return this.#sink.info
  }

  get value(): T {
    return this.#value as T
  }

  /** Number of elements in the view; until it is ready, those that have arrived. */
  get size(): number {
    return this.version > 0 ? this.#size : this.#sink.size
  }

  /** Whether reading has started. */
  get begun(): boolean {
    return this.#begun
  }

  /** Registers a stage that may use it once connected. */
  join(viewer: SideViewer<StageInfo>): void {
    linkViewer(this.info, viewer.info)
  }

  /** A stage uses the view from now on: starts reading, unless a Pipeline does that or reading has started. */
  start(viewer: SideViewer<StageInfo>): void {
    if (this.#error) return viewer.failed(this.#error)
    if (!this.#viewers.has(viewer)) {
      this.#viewers.add(viewer)
      linkViewer(this.info, viewer.info)
      if (this.version > 0) viewer.changed()
    }
    if (!this.#begun && !this.collection) this.#read()
    else if (!this.#timer && !this.#reading) this.#schedule()
  }

  /** Called by the Pipeline with the stream of the collection. */
  connect(stream: Readable): void {
    this.#begin(stream)
  }

  /** A stage has ended or failed: reading stops with the last one. */
  leave(viewer: SideViewer<StageInfo>, error: Error | null): void {
    this.#viewers.delete(viewer)
    if (this.#viewers.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
    // a Pipeline stops its own steps
    if (!this.#reading || this.collection) return
    this.#reading.stop(error)
    this.#reading = undefined
    if (this.version > 0) return
    if (typeof this.#parts.input === 'function') this.#begun = false
    else this.#error = sideError(this.#where, 'its stream was stopped with the last stage that used it')
  }

  /** The reason why the view can never be ready: messages, or a source without an end. */
  #unfit(): Error | undefined {
    for (const stage of upstreamOf(this.info)) {
      if (stage.leased) return sideError(this.#where, MESSAGES)
      if (stage.unbounded) return sideError(this.#where, ENDLESS)
    }
    return undefined
  }

  /** The reason why a stage would wait for the view forever. */
  problem(): Error | undefined {
    if (this.#error || this.version > 0) return this.#error
    if (this.collection && !this.#begun)
      return sideError(
        this.#where,
        `it is made of the collection '${(this.collection as {name?: string}).name ?? ''}' of a Pipeline; apply this ` +
          'stage to that pipeline, or make the side input of a stream',
      )
    return this.#unfit()
  }

  get #where(): SideName {
    const [first] = this.#viewers
    if (!first) return {stage: this.#parts.kind, text: this.#parts.kind}
    return {stage: first.info.name, text: `${first.info.name}: side input '${first.key}'`}
  }

  #newSink(): SideSink<E, T> {
    const {kind, fold} = this.#parts
    const sink = new SideSink<E, T>(
      kind,
      () => ({make: () => fold(this.#where), where: this.#where}),
      value => this.#made(sink, value),
    )
    for (const {info} of this.#viewers) linkViewer(sink.info, info)
    return sink
  }

  #read(): void {
    const {input} = this.#parts
    const [viewer] = this.#viewers
    if (viewer) this.#startedAt = viewer.info.clock.now()
    this.#begun = true
    try {
      if (typeof input !== 'function') return this.#begin(input as Readable)
      if (this.#sink.destroyed || this.version > 0) this.#sink = this.#newSink()
      const stream: unknown = input()
      if (typeof (stream as Partial<Readable> | undefined)?.pipe !== 'function')
        throw sideError(this.#where, `its function returned ${show(stream)}; return a new, unused source`)
      this.#begin(stream as Readable)
    } catch (error) {
      this.#failed(error)
    }
  }

  #begin(stream: Readable): void {
    this.#begun = true
    const from = stageOf(stream)
    if (from) link(from, this.#sink.info)
    const problem = this.#unfit()
    if (problem) return this.#failed(problem)
    this.#reading = new SideReading(stream, this.#sink as unknown as SideSink<never, unknown>, e => this.#failed(e))
  }

  #made({size}: SideSink<E, T>, value: T): void {
    this.#reading = undefined
    this.#value = value
    this.#size = size
    this.version++
    for (const viewer of this.#viewers) viewer.changed()
    this.#schedule()
  }

  #failed(cause: unknown): void {
    this.#reading = undefined
    const {stage, text} = this.#where
    if (this.version > 0) {
      this.#stays(cause)
      return this.#schedule()
    }
    this.#error = wrapError('ERR_SLUICE_SIDE_INPUT', m => `${text} could not be read: ${m}`, cause, {stage})
    for (const viewer of this.#viewers) viewer.failed(this.#error)
  }

  /** Keeps the old view: a stale one is better than none. */
  #stays(cause: unknown): void {
    const {stage, text} = this.#where
    for (const {info, key} of this.#viewers) count(info, `side.${key}.failed`)
    const [first] = this.#viewers
    first?.info.log.warn(`${text} could not be read again, so the view stays as it was: ${messageOf(cause)}`, {stage})
  }

  #schedule(): void {
    const {every} = this.#parts
    const [first] = this.#viewers
    if (every === undefined || !first) return
    const {clock} = first.info
    this.#timer?.cancel()
    this.#timer = clock.setTimeout(
      () => {
        this.#timer = undefined
        this.#read()
      },
      Math.max(0, this.#startedAt + every - clock.now()),
    )
  }
}

function count({metrics: {extra}}: StageInfo, name: string): void {
  addTo(extra, name, 1)
}
