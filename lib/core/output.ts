import type {Readable, Writable} from 'node:stream'
import {SluiceError} from '../errors/index.ts'
import {isBundle, stageOf} from './brands.ts'
import {Bundle} from './bundle.ts'
import {channels} from './channels.ts'
import {retainAll} from './lease.ts'
import {connect, disconnect, leaseError} from './links.ts'
import type {StageInfo} from './stage-info.ts'

/**
 * The readable side of a stage: pushes bundles when every consumer is a stage of ours and plain values otherwise, and
 * keeps that true at delivery for what was buffered before a switch.
 *
 * Source, DoFn and TagOutput override `pipe`, `unpipe`, `emit` and `read` with one line each that comes here.
 */
export class Output {
  readonly info: StageInfo
  readonly stream: Readable
  /** Streams that are piped to, in order. */
  readonly #dests = new Set<NodeJS.WritableStream>()
  #foreign = 0
  /** False from a push that filled the buffer until the next `_read`. */
  wanted = true
  #watermark = Number.NEGATIVE_INFINITY

  constructor(stream: Readable, info: StageInfo) {
    this.stream = stream
    this.info = info
  }

  /** True while bundles may be pushed. */
  get bundled(): boolean {
    return this.#foreign === 0 && this.#dests.size > 0 && this.stream.listenerCount('data') <= this.#dests.size
  }

  /** Whether somebody reads this output: a pipe, a listener or a flowing stream. */
  get claimed(): boolean {
    return this.#dests.size > 0 || this.stream.readableFlowing === true || this.stream.listenerCount('readable') > 0
  }

  get dests(): ReadonlySet<NodeJS.WritableStream> {
    return this.#dests
  }

  pipe(dest: NodeJS.WritableStream): void {
    connect(this.info, dest)
    if (!this.#dests.has(dest) && !stageOf(dest)) this.#foreign++
    this.#dests.add(dest)
  }

  unpipe(dest: NodeJS.WritableStream | undefined): void {
    for (const d of dest ? [dest] : [...this.#dests]) {
      if (!this.#dests.delete(d)) continue
      if (!stageOf(d)) this.#foreign--
      disconnect(this.info, d)
    }
  }

  /** Hands a bundle on; returns whether the consumer wants more now. */
  push(bundle: Bundle<unknown>): boolean {
    if (this.#watermark < bundle.watermark) this.#watermark = bundle.watermark
    else if (bundle.watermark < this.#watermark) bundle.watermark = this.#watermark
    bundle.from = this.info
    if (this.bundled) this.wanted = this.stream.push(bundle)
    else this.#pushValues(bundle)
    return this.wanted
  }

  #pushValues(bundle: Bundle<unknown>): void {
    if (bundle.leases) throw leaseError(this.info)
    for (const value of bundle.values) {
      if (value === null) throw nullError(this.info)
      this.wanted = this.stream.push(value)
    }
  }

  /** Moves the watermark when no value carries it; nothing happens if it would not move forward. */
  advance(watermark: number): boolean {
    if (watermark <= this.#watermark) return this.wanted
    return this.push(new Bundle<unknown>([], {watermark}))
  }

  /**
   * `emit('data', chunk)`: delivers a bundle whole only when every listener is a pipe to a stage of ours. Values with
   * more than one consumer are frozen, leases retained once per further consumer.
   */
  deliver(chunk: unknown, emit: (chunk: unknown) => boolean): boolean {
    const listeners = this.stream.listenerCount('data')
    // read() announces every chunk, also to nobody
    if (listeners === 0) return false
    if (!isBundle(chunk)) {
      if (listeners > 1) freeze(chunk)
      return emit(chunk)
    }
    if (listeners > 1) for (const value of chunk.values) freeze(value)
    if (this.bundled) {
      if (chunk.leases) retainAll(chunk.leases, this.#dests.size - 1)
      return emit(chunk)
    }
    if (chunk.leases) {
      this.stream.destroy(leaseError(this.info))
      return false
    }
    return this.#deliverValues(chunk.values, emit)
  }

  #deliverValues(values: readonly unknown[], emit: (chunk: unknown) => boolean): boolean {
    for (let i = 0; i < values.length; i++) {
      emit(values[i])
      // a consumer that says stop in the middle of a bundle gets the rest later
      if (this.stream.isPaused() && i + 1 < values.length) {
        this.#putBack(values, i + 1)
        break
      }
    }
    return values.length > 0
  }

  /** `read()`: gives plain values to whoever reads by hand (async iteration, 'readable', operators). */
  read(read: () => unknown): unknown {
    for (;;) {
      const chunk = read()
      if (!isBundle(chunk)) return chunk
      // with a 'data' listener the chunk was delivered by emit(); the caller only wants to know that there was one
      if (this.stream.listenerCount('data') > 0) return chunk.values[0]
      if (chunk.leases) {
        this.stream.destroy(leaseError(this.info))
        return null
      }
      if (chunk.values.length === 0) continue
      this.#putBack(chunk.values, 1)
      return chunk.values[0]
    }
  }

  #putBack(values: readonly unknown[], from: number): void {
    for (let k = values.length - 1; k >= from; k--) this.stream.unshift(values[k])
  }
}

/** Counts one processed bundle and publishes it for monitors; outputs are counted when they are pushed. */
export function countBundle(info: StageInfo, taken: number, given: number): void {
  const {metrics} = info
  metrics.in += taken
  metrics.bundles++
  if (channels.bundle.hasSubscribers)
    channels.bundle.publish({stage: info.name, kind: info.kind, in: taken, out: given, metrics})
}

/** Freezes a row (shallow) that has more than one consumer; typed arrays and Buffers cannot be frozen. */
export function freeze(value: unknown): void {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) Object.freeze(value)
}

function nullError(info: StageInfo): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_OUTPUT_TYPE',
    `${info.name} emitted null, which would end a Node stream; filter it out or emit an object that holds it`,
    {stage: info.name, element: null},
  )
}

/** The Node option that gives `values` of buffer in chunks of bundles. */
export function chunksFor(highWaterMark: number, bundleValues: number): number {
  return Math.max(1, Math.round(highWaterMark / bundleValues))
}

/** A writable's buffer limit can only be set at construction, but it means bundles or values by what is written. */
export function setWritableLimit(stream: Writable, limit: number): void {
  const state = (stream as unknown as {_writableState: {highWaterMark: number}})._writableState
  state.highWaterMark = limit
}
