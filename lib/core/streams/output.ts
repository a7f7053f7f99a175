import type {Readable, Writable} from 'node:stream'
import {messageOf, SluiceError} from '../../errors/index.ts'
import {Bundle, isBundle} from '../bundle/bundle.ts'
import {freeze} from '../bundle/freeze.ts'
import {retainAll} from '../bundle/lease.ts'
import {stageOf} from '../stage/brands.ts'
import {holdGiven} from '../stage/hold-given.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import {leaseError} from '../stage/links/link-refusals.ts'
import {connect, disconnect} from '../stage/links/links.ts'
import {carriesLeases} from '../stage/links/walks.ts'

/**
 * The readable side of a stage: pushes bundles if every consumer is a stage of ours, and plain values otherwise. It checks again
 * at delivery, for what was buffered before the consumers changed.
 *
 * Source, DoFn and TagOutput override `pipe`, `unpipe`, `emit` and `read`, which call the methods here.
 */
export class Output {
  readonly info: StageInfo
  readonly stream: Readable
  /** Streams that are piped to, in order, and whether they end with this one. */
  readonly #dests = new Map<NodeJS.WritableStream, boolean>()
  #foreign = 0
  /** False from a push that filled the buffer until the next `_read`. */
  wanted = true
  #reads = 0
  #watermark = Number.NEGATIVE_INFINITY

  constructor(stream: Readable, info: StageInfo) {
    this.stream = stream
    this.info = info
  }

  /** True while bundles may be pushed: all consumers are ours, or there are none yet, and delivery decides. */
  get bundled(): boolean {
    const {stream} = this
    if (this.#foreign > 0 || stream.listenerCount('readable') > 0) return false
    const listeners = stream.listenerCount('data')
    if (this.#dests.size > 0) return listeners <= this.#dests.size
    return listeners === 0 && stream.readableFlowing !== true
  }

  /** Whether somebody reads this output: a pipe, a listener or a flowing stream. */
  get claimed(): boolean {
    return this.#dests.size > 0 || this.stream.readableFlowing === true || this.stream.listenerCount('readable') > 0
  }

  /** Streams that are piped to, in order, and whether they end with this one. */
  get dests(): ReadonlyMap<NodeJS.WritableStream, boolean> {
    return this.#dests
  }

  pipe(dest: NodeJS.WritableStream, end = true): void {
    connect(this.info, dest)
    if (!this.#dests.has(dest) && !stageOf(dest)) this.#foreign++
    this.#dests.set(dest, end)
  }

  unpipe(dest: NodeJS.WritableStream | undefined): void {
    for (const d of dest ? [dest] : [...this.#dests.keys()]) {
      if (!this.#dests.delete(d)) continue
      if (!stageOf(d)) this.#foreign--
      // links outlive the end: ids and acknowledgements of elements in flight depend on them
      if (this.stream.readableEnded) continue
      const leased = carriesLeases(this.info)
      disconnect(this.info, d)
      // Node unpipes a consumer that is gone; one that was removed by unpipe() in time has no part in later messages
      if (leased && hasGone(d as Writable)) this.#consumerLost(d as Writable)
    }
  }

  /** Later messages would be acknowledged without a consumer that was to receive them. */
  #consumerLost(consumer: Writable): void {
    const {info, stream} = this
    if (stream.destroyed) return
    const heard = stream.listenerCount('error') > 0
    stream.on('error', () => {})
    const error = consumer.errored ?? lostError(info, consumer)
    if (!heard) info.log.error(messageOf(error), {stage: info.name})
    stream.destroy(error)
  }

  /** `_read` was called. */
  requested(): void {
    this.wanted = true
    this.#reads++
  }

  /** Hands a bundle on; returns whether the consumer wants more now. */
  push(bundle: Bundle<unknown>): boolean {
    if (this.#watermark < bundle.watermark) this.#watermark = bundle.watermark
    else if (bundle.watermark < this.#watermark) bundle.watermark = this.#watermark
    this.info.state.watermark = this.#watermark
    bundle.from = this.info
    if (bundle.leases) holdGiven(this.info, bundle)
    if (this.bundled) this.#pushChunk(bundle)
    else {
      const error = this.#unfit(bundle)
      if (error) throw error
      for (const value of bundle.values) this.#pushChunk(value)
    }
    return this.wanted
  }

  #pushChunk(chunk: unknown): void {
    const reads = this.#reads
    // a consumer that reads while it receives a chunk has asked for the next one, whatever push() returns
    this.wanted = this.stream.push(chunk) || this.#reads !== reads
  }

  /** The reason why plain consumers cannot have the bundle. */
  #unfit(bundle: Bundle<unknown>): SluiceError | undefined {
    if (bundle.leases) return leaseError(this.info)
    return bundle.values.includes(null) ? nullError(this.info) : undefined
  }

  /** Advances the watermark without values; ignored if it would not move forward. */
  advance(watermark: number): boolean {
    if (watermark <= this.#watermark) return this.wanted
    if (this.#dests.size > 0 && this.bundled) return this.push(new Bundle<unknown>([], {watermark}))
    // nobody listens: the next bundle carries it
    this.#watermark = watermark
    this.info.state.watermark = watermark
    return this.wanted
  }

  /**
   * Passes a barrier on, after everything that was pushed; before the first pipe() it waits in the buffer with that. Streams that
   * are not ours do not get it.
   */
  barrier(barrier: number): void {
    if (this.stream.destroyed || this.stream.readableEnded) return
    const bundle = Bundle.barrier(barrier)
    bundle.from = this.info
    bundle.watermark = this.#watermark
    if (this.#dests.size > this.#foreign || this.bundled) this.#pushChunk(bundle)
  }

  /**
   * `emit('data', chunk)`: delivers a whole bundle only if every listener is a pipe to a stage of ours. Values with more than one
   * consumer are frozen, and leases retained once per further consumer.
   */
  deliver(chunk: unknown, emit: (chunk: unknown) => boolean): boolean {
    const {stream} = this
    const listeners = stream.listenerCount('data')
    // read() emits every chunk, even without listeners
    if (listeners === 0) return false
    const shared = listeners > 1 || stream.listenerCount('readable') > 0
    if (!isBundle(chunk)) {
      if (shared) freeze(chunk)
      return emit(chunk)
    }
    if (shared) for (const value of chunk.values) freeze(value)
    const flowing = stream.readableFlowing === true
    if (flowing && this.bundled) {
      if (!chunk.leases) return emit(chunk)
      retainAll(chunk.leases, listeners - 1)
      // from now on each consumer is responsible for its share
      this.info.held.delete(chunk)
      return emit(chunk)
    }
    if (chunk.barrier !== undefined) return this.#deliverBarrier(chunk)
    const error = this.#unfit(chunk)
    if (error) {
      stream.destroy(error)
      return false
    }
    return this.#deliverValues(chunk.values, flowing, emit)
  }

  /** Delivers a barrier to our stages only, beside other streams. */
  #deliverBarrier(chunk: Bundle<unknown>): boolean {
    for (const dest of this.#dests.keys()) if (stageOf(dest)) (dest as Writable).write(chunk)
    return true
  }

  #deliverValues(values: readonly unknown[], flowing: boolean, emit: (chunk: unknown) => boolean): boolean {
    for (let i = 0; i < values.length; i++) {
      emit(values[i])
      // a consumer that pauses in the middle of a bundle gets the rest later; one that reads by hand, one value at a time
      if ((!flowing || this.stream.isPaused()) && i + 1 < values.length) {
        this.#putBack(values, i + 1)
        break
      }
    }
    return values.length > 0
  }

  /** `read()`: gives plain values to whoever reads by hand (async iteration, 'readable', operators). */
  read(read: () => unknown): unknown {
    const {stream} = this
    const flowing = stream.readableFlowing === true
    for (;;) {
      const chunk = read()
      if (!isBundle(chunk)) return chunk
      const delivered = stream.listenerCount('data') > 0
      // this is Node's own loop, which only needs something that is not null
      if (delivered && flowing) return chunk.values[0] ?? undefined
      const error = this.#unfit(chunk)
      if (error) stream.destroy(error)
      if (stream.destroyed) return null
      if (chunk.values.length === 0) continue
      if (!delivered) this.#putBack(chunk.values, 1)
      return chunk.values[0]
    }
  }

  #putBack(values: readonly unknown[], from: number): void {
    for (let k = values.length - 1; k >= from; k--) this.stream.unshift(values[k])
  }
}

function hasGone({destroyed, writableFinished}: Writable): boolean {
  return destroyed || writableFinished
}

function lostError({name}: StageInfo, consumer: Writable): SluiceError {
  const who = stageOf(consumer)?.name ?? consumer.constructor.name
  return new SluiceError(
    'ERR_SLUICE_LEASE',
    `${who} was ${consumer.destroyed ? 'destroyed' : 'ended'} before ${name} came to its end: messages that it has not ` +
      `committed are given back, and ${name} stops, since later ones would be acknowledged without it. Let the source end ` +
      'first (drain() or endEarly()), or remove the consumer with unpipe()',
    {stage: who},
  )
}

function nullError(info: StageInfo): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_OUTPUT_TYPE',
    `${info.name} emitted null, which would end a Node stream; filter it out or emit an object that holds it`,
    {stage: info.name, element: null},
  )
}

/** Sets a writable's buffer limit, which Node fixes at construction: it counts bundles or values, whichever are written. */
export function setWritableLimit(stream: Writable, limit: number): void {
  const state = (stream as unknown as {_writableState: {highWaterMark: number}})._writableState
  state.highWaterMark = limit
}
