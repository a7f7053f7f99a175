import {type Readable, Transform} from 'node:stream'
import {SluiceError, wrapError} from '../../errors/index.ts'
import {type Bundle, isBundle} from '../bundle/bundle.ts'
import {InputWatermarks} from '../processing/watermarks/input-watermarks.ts'
import {STAGE, stageOf, type types} from '../stage/brands.ts'
import {publishStage} from '../stage/channels.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import {type Done, holdGiven, throughWith} from '../stage/hold-given.ts'
import type {StageDescriptor} from '../stage/info/descriptor.ts'
import {StageInfo} from '../stage/info/stage-info.ts'
import {connectFromForeign} from '../stage/links/links.ts'
import {guardBranches} from '../stage/links/walks.ts'
import {chunksFor, destroyOnAbort, nodeOptions, type StageOptions} from '../stage/stage-options.ts'
import {stageInProgress, startStage} from '../stage/start-stage.ts'
import {Inbox} from './inbox.ts'
import {OUTPUT, OUTPUTS} from './internals.ts'
import {Output, setWritableLimit} from './output.ts'
import {Outputs} from './outputs.ts'
import type {StageReadable} from './stage-readable.ts'

/** Takes a bundle of the input; an empty one only moves the watermark. */
export const TAKE: unique symbol = Symbol('take')
/** Takes a barrier and reports its arrival; it leaves behind everything that came before it. */
export const BARRIER: unique symbol = Symbol('barrier')
/** The input has ended: resolves once everything has been handed on. */
export const END: unique symbol = Symbol('end')
/** The stage has been destroyed. */
export const ABORT: unique symbol = Symbol('abort')
/** Announces the first element. */
export const START: unique symbol = Symbol('start')
/** Calls back when all outputs have room, at once if they do; never after the stage has been destroyed. */
export const WHEN_ROOM: unique symbol = Symbol('when room')
/** Destroys the stage with the error, wrapped unless it is a SluiceError. */
export const FAIL: unique symbol = Symbol('fail')

/**
 * A stage with an input and outputs as a Node Transform: gathers what is written into bundles, hands them to the subclass one at
 * a time, and pushes its outputs. Internals have symbols for names, so that a user's subclass may name its fields and
 * methods freely.
 */
export abstract class StageTransform<I, O, Tags extends object = {}> extends Transform {
  declare readonly [types]: {in: (x: I) => void; out: () => O; tags: () => Tags}
  // and as Node types it: otherwise a stage would not be a NodeJS.ReadWriteStream, which pipeline() requires
  declare [Symbol.asyncIterator]: () => NodeJS.AsyncIterator<O> & ReturnType<Readable[typeof Symbol.asyncIterator]>
  readonly [STAGE]: StageInfo
  /** @internal */
  readonly [OUTPUT]: Output
  /** @internal */
  readonly [OUTPUTS]: Outputs
  readonly #watermarks = new InputWatermarks()
  // not typed by I: a private field of that type would keep a stage of unknown from being a stage of Row. And an arrow function,
  // since each call between two streams makes stack traces longer
  readonly #take = (bundle: Bundle<unknown>, done: Done): void => {
    const {barrier} = bundle
    if (barrier === undefined) this[TAKE](bundle as Bundle<I>, this.#watermarks.after(bundle), done)
    else if (this.#watermarks.inputs > 1) this[FAIL](unaligned(this[STAGE].name))
    else this[BARRIER](bundle as Bundle<I>, barrier, done)
  }
  readonly #inbox = new Inbox<unknown>(this.#take)
  readonly #valueLimit: number
  readonly #bundleLimit: number
  #started = false

  /**
   * @param options checked here; `known` names those that only this kind of stage has
   * @param className the default name
   */
  constructor(
    options: StageOptions,
    known: readonly string[],
    className: string,
    descriptor: StageDescriptor | undefined,
  ) {
    const where = options?.name ?? className
    const {readableHighWaterMark, writableHighWaterMark} = nodeOptions(where, options, known)
    super({objectMode: true, readableHighWaterMark, writableHighWaterMark})
    destroyOnAbort(this, options.signal)
    this.#valueLimit = options.highWaterMark ?? DEFAULTS.highWaterMark
    this.#bundleLimit = chunksFor(this.#valueLimit, DEFAULTS.bundleValues)
    const info = new StageInfo(this, 'dofn', {options, className, descriptor})
    this[STAGE] = info
    this[OUTPUT] = new Output(this, info)
    this[OUTPUTS] = new Outputs(info, this[OUTPUT])
    this.on('pipe', source => this.#piped(source))
    this.on('unpipe', source => this.#unpiped(source))
  }

  /**
   * @internal
   * @param watermark the input watermark after the bundle; -Infinity if it is unchanged
   * @param done called when the next bundle may arrive
   */
  abstract [TAKE](bundle: Bundle<I>, watermark: number, done: Done): void
  /** @internal */
  abstract [BARRIER](bundle: Bundle<I>, barrier: number, done: Done): void
  /** @internal */
  abstract [END](): Promise<void>
  /** @internal */
  abstract [ABORT](error: Error | null): void

  /** Name, links and counts of this stage. */
  get info(): StageInfo {
    return this[STAGE]
  }

  /**
   * The Readable of a tagged output; claim it before the stream starts.
   *
   * The stage ends only after its claimed outputs have been read to their end and the sinks on them have finished.
   */
  tagged<K extends keyof Tags & string>(tag: K): StageReadable<Tags[K]> {
    return this[OUTPUTS].claim<Tags[K]>(tag)
  }

  /** @internal */
  [START](): void {
    this[OUTPUTS].start()
    if (!this.#started) startStage(this[STAGE])
    this.#started = true
  }

  /** @internal */
  [WHEN_ROOM](callback: () => void): void {
    const outputs = this[OUTPUTS]
    if (outputs.hasRoom()) callback()
    else outputs.whenRoom(callback)
  }

  /** @internal */
  [FAIL](error: unknown, element?: unknown): void {
    const stage = this[STAGE].name
    this.destroy(wrapError('ERR_SLUICE_PROCESS', m => `${stage}: ${m}`, error, {stage, element}))
  }

  #piped(source: Readable): void {
    stageInProgress(this[STAGE])
    const from = stageOf(source)
    this.#watermarks.add(from)
    if (from) return
    try {
      connectFromForeign(source, this[STAGE])
    } catch (error) {
      this.destroy(error as Error)
    }
  }

  /** Written, so that it keeps its order: what the input has left in the buffer still counts. */
  #unpiped(source: Readable): void {
    if (!this.writableEnded && !this.destroyed) super.write(InputWatermarks.leaving(stageOf(source)))
  }

  override write(chunk: unknown, ...rest: never[]): boolean {
    const bundled = isBundle(chunk)
    if (bundled) holdGiven(this[STAGE], chunk)
    setWritableLimit(this, bundled ? this.#bundleLimit : this.#valueLimit)
    return super.write(chunk, ...rest)
  }

  override _write(chunk: I | Bundle<I>, _encoding: BufferEncoding, done: Done): void {
    this.#inbox.write(chunk, throughWith(this[STAGE], chunk, done))
  }

  override _read(): void {
    this[OUTPUT].requested()
    this[OUTPUTS].onWanted()
  }

  override _flush(done: Done): void {
    this.#inbox.whenEmpty(() => {
      this[END]()
        .then(() => this[OUTPUTS].finishTags())
        .then(
          () => {
            if (this.destroyed) return
            publishStage(this[STAGE], 'end')
            done()
          },
          error => this[FAIL](error),
        )
    })
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (error) publishStage(this[STAGE], 'error', error)
    this.#inbox.clear()
    this[ABORT](error)
    this[OUTPUTS].destroyTags(error)
    this[STAGE].held.giveBack(error)
    callback(error)
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: {end?: boolean | undefined}): T {
    this[OUTPUT].pipe(destination, options?.end)
    guardBranches(this[STAGE])
    return super.pipe(destination, options)
  }

  override unpipe(destination?: NodeJS.WritableStream): this {
    this[OUTPUT].unpipe(destination)
    return super.unpipe(destination)
  }

  override emit(event: string | symbol, ...args: never[]): boolean {
    if (event === 'data') return this[OUTPUT].deliver(args[0], chunk => super.emit('data', chunk))
    return super.emit(event, ...args)
  }

  override read(size?: number): ReturnType<Readable['read']> {
    return this[OUTPUT].read(() => super.read(size))
  }
}

/** Two streams share one buffer here, so neither can wait for the other's barrier. */
function unaligned(stage: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_GRAPH',
    `${stage}: several streams are piped into it, and a barrier must wait for all of them; merge them with flatten()`,
    {stage},
  )
}
