import {type Readable, Transform} from 'node:stream'
import {badOption, booleanOption, integerOption} from '../../errors/index.ts'
import {DURATION_FORMS, type Duration, parseDuration} from '../../util/index.ts'
import {type Bundle, isBundle} from '../bundle/bundle.ts'
import {BundleProcessor} from '../processing/bundle-processor.ts'
import {errorPolicy, type OnError} from '../processing/error-policy.ts'
import type {CallKind} from '../processing/results.ts'
import {InputWatermarks} from '../processing/watermarks.ts'
import {STAGE, stageOf, type types} from '../stage/brands.ts'
import type {ProcessContext, StageContext} from '../stage/context.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import {type Done, holdGiven, throughWith} from '../stage/hold-given.ts'
import {descriptorOf, type StageDescriptor} from '../stage/info/descriptor.ts'
import {StageInfo} from '../stage/info/stage-info.ts'
import {connectFromForeign, guardBranches, linkSides} from '../stage/links.ts'
import type {SideInputsOf} from '../stage/side-input.ts'
import {chunksFor, destroyOnAbort, nodeOptions, type StageOptions} from '../stage/stage-options.ts'
import {stageInProgress} from '../stage/start-stage.ts'
import {Output, setWritableLimit} from './output.ts'
import {Outputs} from './outputs.ts'
import {type SideInputs, sideInputs} from './side-inputs.ts'
import type {StageReadable} from './stage-readable.ts'

/** Options of every DoFn. */
export interface DoFnOptions<Tags = {}> extends StageOptions {
  /** Asynchronous `process` calls in flight at most; default that of the Pipeline, else 1. Synchronous calls are not affected. */
  concurrency?: number | undefined
  /** Keep the order of elements when calls are asynchronous; default true. False hands on whatever is finished. */
  ordered?: boolean | undefined
  /** Longest time one asynchronous `process` call may take; default: none. */
  timeout?: Duration | undefined
  /** What happens to an element whose `process` throws: 'fail' (default), 'nack' (messages only) or `deadLetter('tag')`. */
  onError?: OnError<keyof Tags & string>
}

/** The side inputs of a DoFn that has some. */
export interface SideOptions<Side> {
  /** What `process` finds as `c.side`, by name; it is called when all of them are there. */
  side: SideInputsOf<Side>
}

/** What a DoFn is made with: options, which must name its side inputs if it has some. */
export type DoFnArguments<Tags, Side> = [keyof Side] extends [never]
  ? [options?: DoFnOptions<Tags>, descriptor?: StageDescriptor]
  : [optionsWithSide: DoFnOptions<Tags> & SideOptions<Side>, descriptor?: StageDescriptor]

export const DO_FN_OPTION_NAMES = ['concurrency', 'ordered', 'timeout', 'onError', 'side'] as const

type Many<O> = Iterable<O> & object & {readonly buffer?: never}
/** What `process` may return: many outputs (never a string or Buffer), a promise of that, or nothing. */
export type ProcessResult<O> = Many<O> | AsyncIterable<O> | Promise<Many<O> | void> | void

/**
 * A Transform that calls `process` for each element: the unit of work of a pipeline.
 *
 * `process` yields outputs, returns an array (or nothing), or a promise of that. Life: `setup` once before the first
 * element, then per bundle `startBundle`, `process`…, `finishBundle` (which may return outputs), and `teardown` once at
 * the end, also after a failure or an abort. An error fails the pipeline with a SluiceError that carries stage, element
 * and the original error as `cause`, unless `onError: deadLetter('tag')` sets the element aside or 'nack' gives it back.
 * With side inputs (`side: {rates: asMap(…)}`, typed by `Side`) it waits until they are complete before it processes anything.
 *
 * @example
 * class Parse extends DoFn<string, {id: string; total: number}> {
 *   override *process(line: string) {
 *     const [id, total] = line.split(',')
 *     if (!id || !total || Number.isNaN(Number(total))) throw new Error(`not ID,TOTAL: ${line}`)
 *     yield {id, total: Number(total)}
 *   }
 * }
 */
export abstract class DoFn<I, O, Tags extends object = {}, Side = {}> extends Transform {
  declare readonly [types]: {in: (x: I) => void; out: () => O; tags: () => Tags}
  // and as Node types it: else a stage of rows would not be a NodeJS.ReadWriteStream, which pipeline() wants
  declare [Symbol.asyncIterator]: () => NodeJS.AsyncIterator<O> & ReturnType<Readable[typeof Symbol.asyncIterator]>
  readonly [STAGE]: StageInfo
  /** @internal */
  readonly output: Output
  /** @internal */
  readonly outputs: Outputs
  // not of I: a private field of that type would make DoFn<unknown, O> no DoFn<Row, O>
  readonly #runner: BundleProcessor<unknown>
  readonly #side: SideInputs | undefined
  readonly #valueLimit: number
  readonly #bundleLimit: number

  constructor(...args: DoFnArguments<Tags, Side>) {
    const options = (args[0] === undefined ? {} : args[0]) as DoFnOptions<Tags> & Partial<SideOptions<Side>>
    const where = (options as StageOptions | undefined)?.name ?? (new.target.name || 'DoFn')
    const {readableHighWaterMark, writableHighWaterMark} = nodeOptions(where, options, DO_FN_OPTION_NAMES)
    integerOption(where, 'concurrency', options.concurrency, DEFAULTS.concurrency, 1)
    const {concurrency} = options
    const ordered = booleanOption(where, 'ordered', options.ordered, true)
    const timeout = options.timeout === undefined ? undefined : parseDuration(options.timeout)
    if (options.timeout !== undefined && !timeout) throw badOption(where, 'timeout', options.timeout, DURATION_FORMS)
    const policy = errorPolicy(where, options.onError)
    super({objectMode: true, readableHighWaterMark, writableHighWaterMark})
    destroyOnAbort(this, options.signal)
    this.#valueLimit = options.highWaterMark ?? DEFAULTS.highWaterMark
    this.#bundleLimit = chunksFor(this.#valueLimit, DEFAULTS.bundleValues)
    this[STAGE] = new StageInfo(this, 'dofn', {
      options,
      className: new.target.name || 'DoFn',
      descriptor: {unfinished: () => this.#runner.unfinished(), ...descriptorOf(args[1]), onError: policy.kind},
    })
    this.output = new Output(this, this[STAGE])
    this.outputs = new Outputs(this[STAGE], this.output)
    if (policy.tag !== undefined) this.outputs.required.add(policy.tag)
    this.#side = sideInputs(where, this.info, options.side)
    linkSides(this.info, this.#side)
    this.#runner = new BundleProcessor(this as never, this.info, this.outputs, {
      concurrency,
      ordered,
      timeout,
      policy,
      side: this.#side,
    })
    this.on('pipe', source => this.#piped(source))
    this.on('unpipe', source => this.#unpiped(source))
  }

  /** Runs once before the first element; never for an empty input. */
  setup?(context: StageContext<Tags>): Promise<void> | void
  /** Runs before each bundle. With it (or finishBundle) bundles never overlap. */
  startBundle?(context: StageContext<Tags>): Promise<void> | void
  /** Takes one element; what it yields or returns are the outputs. */
  abstract process(element: I, context: ProcessContext<Tags, Side>): ProcessResult<O>
  /** Runs after each bundle; what it yields or returns are outputs too. */
  finishBundle?(context: StageContext<Tags>): ProcessResult<O>
  /** Runs once at the end, also after a failure or an abort, when calls in flight have settled (at most 1 s later). */
  teardown?(context: StageContext<Tags>): Promise<void> | void

  /** Name, links and counts of this stage. */
  get info(): StageInfo {
    return this[STAGE]
  }

  /** @internal How results of `process` are taken; map, filter and tap have their own. */
  get callKind(): CallKind {
    return 'process'
  }

  /**
   * The Readable of a tagged output; claim it before the stream starts.
   *
   * The stage ends only after its claimed outputs were read to their end and sinks on them have finished.
   */
  tagged<K extends keyof Tags & string>(tag: K): StageReadable<Tags[K]> {
    return this.outputs.claim<Tags[K]>(tag)
  }

  #piped(source: Readable): void {
    stageInProgress(this.info)
    this.#side?.start()
    const from = stageOf(source)
    this.#runner.watermarks.add(from)
    if (from) return
    try {
      connectFromForeign(source, this.info)
    } catch (error) {
      this.destroy(error as Error)
    }
  }

  /** In the order of what was written: what the input has left in the buffer still counts. */
  #unpiped(source: Readable): void {
    if (!this.writableEnded && !this.destroyed) super.write(InputWatermarks.leaving(stageOf(source)))
  }

  override write(chunk: unknown, ...rest: never[]): boolean {
    const bundled = isBundle(chunk)
    if (bundled) holdGiven(this.info, chunk)
    setWritableLimit(this, bundled ? this.#bundleLimit : this.#valueLimit)
    return super.write(chunk, ...rest)
  }

  override _write(chunk: I | Bundle<I>, _encoding: BufferEncoding, done: Done): void {
    this.#runner.write(chunk, throughWith(this.info, chunk, done))
  }

  override _read(): void {
    this.output.requested()
    this.outputs.onWanted()
  }

  override _flush(done: Done): void {
    this.#runner.finish(done)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#runner.destroy(error)
    this.outputs.destroyTags(error)
    this.#side?.stop(error)
    this.info.held.giveBack(error)
    callback(error)
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: {end?: boolean | undefined}): T {
    this.output.pipe(destination, options?.end)
    guardBranches(this.info)
    return super.pipe(destination, options)
  }

  override unpipe(destination?: NodeJS.WritableStream): this {
    this.output.unpipe(destination)
    return super.unpipe(destination)
  }

  override emit(event: string | symbol, ...args: never[]): boolean {
    if (event === 'data') return this.output.deliver(args[0], chunk => super.emit('data', chunk))
    return super.emit(event, ...args)
  }

  override read(size?: number): ReturnType<Readable['read']> {
    return this.output.read(() => super.read(size))
  }
}
