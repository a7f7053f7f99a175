import {booleanOption} from '../../errors/index.ts'
import type {Bundle} from '../bundle/bundle.ts'
import {perWindow} from '../bundle/per-window.ts'
import type {Timestamped} from '../bundle/timestamped.ts'
import {BundleProcessor} from '../processing/bundle-processor.ts'
import type {CallKind} from '../processing/elements/results.ts'
import {STAGE} from '../stage/brands.ts'
import type {ProcessContext, StageContext} from '../stage/context.ts'
import type {Done} from '../stage/hold-given.ts'
import {descriptorOf} from '../stage/info/descriptor.ts'
import {linkSides} from '../stage/links/links.ts'
import {nodeOptions, type StageOptions} from '../stage/stage-options.ts'
import {barrierArrived} from './barriers.ts'
import {
  DO_FN_OPTION_NAMES,
  type DoFnArguments,
  type DoFnOptions,
  processorOptions,
  type SideOptions,
} from './do-fn-options.ts'
import {EarlyElements} from './early-elements.ts'
import {CALL_KIND, OUTPUTS} from './internals.ts'
import {type SideInputs, sideInputs} from './side-inputs.ts'
import {ABORT, BARRIER, END, FAIL, START, StageTransform, TAKE, WHEN_ROOM} from './stage-transform.ts'

type Many<O> = Iterable<O | Timestamped<O>> & object & {readonly buffer?: never}
/**
 * What `process` may return: many outputs (never a string or Buffer), a promise of that, or nothing. An output may have its
 * own event time: `timestamped(value, ms)`.
 */
export type ProcessResult<O> = Many<O> | AsyncIterable<O | Timestamped<O>> | Promise<Many<O> | void> | void

/**
 * A Transform that calls `process` for each element: the unit of work of a pipeline.
 *
 * `process` yields outputs, returns an array (or nothing), or a promise of that. Lifecycle: `setup` once before the first
 * element, then per bundle `startBundle`, `process`…, `finishBundle` (which may return outputs), and `teardown` once at
 * the end, also after a failure or an abort. An error fails the pipeline with a SluiceError that carries stage, element
 * and the original error as `cause`, unless `onError: deadLetter('tag')` sets the element aside or 'nack' gives it back.
 * With side inputs (`side: {rates: asMap(…)}`, typed by `Side`) it waits until they are complete before it processes any element.
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
export abstract class DoFn<I, O, Tags extends object = {}, Side = {}> extends StageTransform<I, O, Tags> {
  // not typed by I: a private field of that type would keep DoFn<unknown, O> from being a DoFn<Row, O>
  readonly #processor: BundleProcessor<unknown>
  readonly #side: SideInputs | undefined
  /** Of a step with state and side inputs. */
  readonly #early: EarlyElements | undefined
  #ready = false
  /**
   * True for a DoFn that looks at `context.window`: an element in several windows, as after `slidingWindows`, is then processed once
   * for each. Declare it in the class, `override readonly observesWindow = true`, or as an option. Default false.
   */
  declare readonly observesWindow?: boolean | undefined
  readonly #observes: boolean

  constructor(...args: DoFnArguments<Tags, Side>) {
    const options = (args[0] === undefined ? {} : args[0]) as DoFnOptions<Tags> & Partial<SideOptions<Side>>
    const className = new.target.name || 'DoFn'
    const where = (options as StageOptions | undefined)?.name ?? className
    // first, since until then the options may be anything
    nodeOptions(where, options, DO_FN_OPTION_NAMES)
    const processing = processorOptions(where, options as DoFnOptions)
    const {policy} = processing
    const unfinished = () => this.#processor.unfinished
    const descriptor = descriptorOf(args[1])
    super(options, DO_FN_OPTION_NAMES, className, {unfinished, ...descriptor, onError: policy.kind})
    const info = this[STAGE]
    const {outlet} = this[OUTPUTS]
    this.#observes = booleanOption(where, 'observesWindow', options.observesWindow, false)
    this.#side = sideInputs(where, info, options.side)
    linkSides(info, this.#side)
    const stateful = descriptor.stateful === true
    const settings = {...processing, kind: this[CALL_KIND], side: this.#side, stateful}
    if (stateful && this.#side)
      this.#early = new EarlyElements((...early) => this.#takeEarly(...(early as [Bundle<I>, number, Done])))
    this.#processor = new BundleProcessor(this as never, info, outlet, settings, error => void this.destroy(error))
    if (this.#side) this.on('pipe', () => this.#side?.start())
  }

  /** Runs once before the first element; never for an empty input. */
  setup?(context: StageContext<Tags>): Promise<void> | void
  /** Runs before each bundle. With it (or finishBundle) bundles never overlap. */
  startBundle?(context: StageContext<Tags>): Promise<void> | void
  /** Processes one element; the values it yields or returns are the outputs. */
  abstract process(element: I, context: ProcessContext<Tags, Side>): ProcessResult<O>
  /** Runs after each bundle; the values it yields or returns are outputs too. */
  finishBundle?(context: StageContext<Tags>): ProcessResult<O>
  /** Runs once at the end, also after a failure or an abort, once calls in flight have settled (after 1 s at most). */
  teardown?(context: StageContext<Tags>): Promise<void> | void

  /** @internal How results of `process` are interpreted; map, filter and tap have their own rules. */
  get [CALL_KIND](): CallKind {
    return 'process'
  }

  /** @internal */
  override [TAKE](bundle: Bundle<I>, watermark: number, done: Done): void {
    if (this.#early?.open) this.#early.add(bundle, watermark, done)
    else if (bundle.values.length === 0) this.#advance(watermark, done)
    else if (this.#ready) this.#bundle(bundle, watermark, done)
    else this.#begin(bundle, watermark, done)
  }

  #advance(watermark: number, done: Done): void {
    try {
      this.#processor.onWatermark(watermark)
    } catch (error) {
      return this[FAIL](error)
    }
    this.#more(done)
  }

  /** Asks for the next bundle: at once while calls are in flight, whose outputs wait for room themselves. */
  #more(done: Done): void {
    if (this.#processor.idle) this[WHEN_ROOM](done)
    else done()
  }

  /** @internal */
  override [BARRIER](bundle: Bundle<I>, barrier: number, done: Done): void {
    if (this.#early?.draining) this.#early.add(bundle, Number.NEGATIVE_INFINITY, done)
    else this.#pass(barrier, done)
  }

  #pass(barrier: number, done: Done): void {
    const pass = () => {
      barrierArrived(this[STAGE], barrier)
      this.#processor.onBarrier(barrier)
      this.#more(done)
    }
    const settled = this.#processor.beforeBarrier()
    if (settled) settled.then(pass).catch(error => this.destroyed || this[FAIL](error))
    else pass()
  }

  /** Handles the first element, when everything is connected. */
  #begin(bundle: Bundle<I>, watermark: number, done: Done): void {
    const refused = this.#side?.refusal()
    if (refused) return this[FAIL](refused)
    this[START]()
    if (this.#side && !this.#side.ready) this.#early?.add(bundle, watermark, done)
    const next = () => {
      this.#ready = true
      if (this.#early?.open) this.#early.drain()
      else this.#bundle(bundle, watermark, done)
    }
    const pending = this.#processor.setup()
    if (pending) pending.then(() => this.#whenSides(next), ignore)
    else if (this.#side) this.#whenSides(next)
    else next()
  }

  /** Takes an element or a barrier that had to wait. */
  #takeEarly(bundle: Bundle<I>, watermark: number, done: Done): void {
    if (bundle.barrier !== undefined) this.#pass(bundle.barrier, done)
    else if (bundle.values.length === 0) this.#advance(watermark, done)
    else this.#bundle(bundle, watermark, done)
  }

  /** Continues when the side inputs are ready, or at once if there are none. */
  #whenSides(next: () => void): void {
    if (!this.#side) return next()
    this.#side.whenReady(() => {
      if (!this.destroyed) next()
    })
  }

  #bundle(bundle: Bundle<I>, watermark: number, done: Done): void {
    const started = this.#processor.start()
    if (started) started.then(() => this.#process(bundle, watermark, done), ignore)
    else this.#process(bundle, watermark, done)
  }

  /** Whether elements in several windows are processed once for each. */
  get #perWindow(): boolean {
    return this.#observes || this.observesWindow === true || this.#side?.windowed === true
  }

  #process(bundle: Bundle<I>, watermark: number, done: Done): void {
    const processor = this.#processor
    const taken = processor.process(this.#perWindow ? perWindow(bundle) : bundle)
    processor.onWatermark(watermark)
    if (taken) taken.then(() => this.#finish(done), ignore)
    else this.#finish(done)
  }

  /** A chunk of a stream is a bundle. Without hooks the next may arrive before all of this one has been handed on. */
  #finish(done: Done): void {
    const processor = this.#processor
    const finished = processor.finish()
    if (!finished) this[WHEN_ROOM](done)
    else if (processor.overlaps) {
      finished.catch(ignore)
      done()
    } else finished.then(() => this[WHEN_ROOM](done), ignore)
  }

  /** @internal */
  override async [END](): Promise<void> {
    await this.#early?.whenClosed()
    await this.#processor.whenIdle()
    // for an empty input too: a broken side input fails every run
    await new Promise<void>(resolve => this.#whenSides(resolve))
    this[OUTPUTS].start()
    await this.#processor.teardown()
  }

  /** @internal */
  override [ABORT](error: Error | null): void {
    this.#processor.abort(error)
    this.#side?.stop(error)
    this.#early?.giveBack(error)
  }
}

/** Failures have been reported to the stage, which is already destroyed. */
function ignore(): void {}
