import {
  type BoundedWindow,
  type Bundle,
  BundleStage,
  DEFAULTS,
  type ElementRules,
  errorPolicy,
  OUTPUTS,
  releaseAll,
  type StageInfo,
  stageDescriptor,
  type Timer,
} from '../../../core/index.ts'
import {badOption, type SluiceError} from '../../../errors/index.ts'
import {memoryOption} from '../../../state/index.ts'
import {afterGrouping, inputStrategy, refuseGrouping, strategyFrom} from '../../../windowing/index.ts'
import {elementLetters} from '../../event-time/element-letters.ts'
import {type Grouping, type GroupingReport, type GroupingSpec, grouping} from '../engine/index.ts'
import {Dropped} from './dropped.ts'
import type {GroupingOptions} from './options.ts'
import {Slices} from './slices.ts'

/** What a grouping declares besides what all do. */
interface OwnParts {
  /** The columns of its rows, in order. */
  readonly columns?: () => readonly string[]
  /** Why it must not run in its chain. */
  readonly refuse?: (info: StageInfo) => SluiceError | undefined
}

/** A grouping as a stage: what it computes is in its spec, when it emits in the windowing strategy of its input. */
export abstract class GroupingStage<I, O, Tags extends object = {}> extends BundleStage<I, O, Tags> {
  readonly #rules: ElementRules
  readonly #careful: boolean
  readonly #memory: number
  readonly #slices = new Slices()
  #engine: Grouping<I, O> | undefined
  /** What is being done has not emitted all that it has to; what comes meanwhile waits. */
  #busy = false
  readonly #waiting: {readonly work: () => void; readonly done: () => void}[] = []
  #timer: Timer | undefined
  /** The elements of the bundle in work that are dropped, by tag. */
  readonly #dropped = new Map<string, Dropped>()
  #noted = false

  constructor(options: GroupingOptions = {}, own: OwnParts = {}) {
    const {onError, state, memory, ...common} = options
    const where = common.name ?? new.target.name
    const policy = errorPolicy(where, onError)
    if (policy.tag === 'late' || policy.tag === 'closed')
      throw badOption(
        where,
        'onError',
        policy.tag,
        "another tag: 'late' and 'closed' have the elements that a grouping drops",
      )
    if (state !== undefined && state !== 'volatile') throw badOption(where, 'state', state, "'volatile'")
    super(
      common,
      stageDescriptor({
        onError: policy.kind,
        acknowledges: true,
        columns: own.columns,
        windowing: inputs => afterGrouping(strategyFrom(inputs)),
        refuse: () => refuseGrouping(this.info, {state}) ?? own.refuse?.(this.info),
        observe: () => this.#observe(),
      }),
    )
    this.#memory = memoryOption(where, memory)
    this.#rules = this.rules(policy)
    this.#careful = policy.kind !== 'fail'
  }

  /** What it computes; `step` is the name of the stage. */
  protected abstract spec(step: string): GroupingSpec<I, O>

  #observe(): Record<string, number> {
    const {open, overflow} = this.#engine ?? {}
    return {
      openWindows: open?.windows ?? 0,
      openCells: open?.cells ?? 0,
      ...(overflow && {memoryBytes: Math.round(overflow.bytes), diskBytes: overflow.bytesOnDisk}),
    }
  }

  get #grouping(): Grouping<I, O> {
    return (this.#engine ??= grouping(
      this.spec(this.info.name),
      inputStrategy(this.info),
      this.#report(),
      this.#memory,
    ))
  }

  #report(): GroupingReport<I> {
    return {
      careful: this.#careful,
      late: (bundle, i, window) => this.#drop('late', bundle, i, window),
      closed: (bundle, i, window) => this.#drop('closed', bundle, i, window),
      failed: (error, bundle, i) => {
        const letters = elementLetters(bundle, i, (tag, letter) => this.#handTagged(tag, letter))
        this.#rules.failed(error, bundle, i, letters)
      },
    }
  }

  #drop(tag: 'late' | 'closed', bundle: Bundle<I>, i: number, window: BoundedWindow): void {
    const {outlet} = this[OUTPUTS]
    const element = bundle.values[i]
    if (!outlet.claims(tag)) return outlet.unclaimed(tag, element)
    let dropped = this.#dropped.get(tag)
    if (!dropped) this.#dropped.set(tag, (dropped = new Dropped(bundle, tag)))
    dropped.add(element, i, window)
  }

  protected override takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void {
    this.#do(() => {
      const engine = this.#grouping
      engine.time(this.info.clock.now())
      engine.add(bundle)
      this.#handDropped()
      if (bundle.leases) this.#acknowledge(bundle)
      engine.advance(watermark)
    }, done)
  }

  #handDropped(): void {
    for (const [tag, dropped] of this.#dropped)
      for (const bundle of dropped.take(DEFAULTS.bundleValues)) this.#handTagged(tag, bundle)
    this.#dropped.clear()
  }

  /** Without leases: what has been taken in is acknowledged, whatever becomes of it. */
  #handTagged(tag: string, bundle: Bundle<unknown>): void {
    releaseAll(bundle.leases)
    this.handTagged(tag, bundle.with({leases: undefined}))
  }

  #acknowledge({leases}: Bundle<I>): void {
    releaseAll(leases)
    if (this.#noted) return
    this.#noted = true
    const {name, log} = this.info
    log.warn(
      `${name} acknowledges messages as it takes them in (state: 'volatile'): what is in open windows is lost if this process dies`,
      {stage: name},
    )
  }

  /** Does something to the grouping and emits what follows from it; calls back when that has left. */
  #do(work: () => void, done: () => void): void {
    if (this.#busy) {
      this.#waiting.push({work, done})
      return
    }
    this.#busy = true
    this.#slices.begin()
    try {
      work()
      const {overflow} = this.#grouping
      if (overflow?.full) this.#after(overflow.spill(), done)
      else this.#emit(done)
    } catch (error) {
      this.fail(error)
    }
  }

  /** Goes on emitting when the disk has done its work. */
  #after(work: Promise<void>, done: () => void): void {
    work.then(
      () => this.destroyed || this.#emit(done),
      error => this.fail(error),
    )
  }

  #emit(done: () => void): void {
    const engine = this.#grouping
    const bundle = engine.take(DEFAULTS.bundleValues)
    if (bundle) return this.whenRoom(() => this.#slices.next(bundle.values.length, () => this.#hand(bundle, done)))
    if (engine.overflow?.waits) return this.#after(engine.overflow.waits, done)
    const {watermark} = engine
    if (watermark < Number.POSITIVE_INFINITY) this.advance(watermark)
    this.#setTimer()
    this.whenRoom(() => {
      this.#busy = false
      done()
      if (this.#busy) return
      const next = this.#waiting.shift()
      if (next) this.#do(next.work, next.done)
    })
  }

  #hand(bundle: Bundle<O>, done: () => void): void {
    if (this.destroyed) return
    try {
      this.hand(bundle)
      this.#emit(done)
    } catch (error) {
      this.fail(error)
    }
  }

  /** Wakes up when a trigger wants to fire by the clock. */
  #setTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const {clock} = this.info
    const {nextTime} = this.#grouping
    if (nextTime === Number.POSITIVE_INFINITY) return
    const wake = () =>
      this.#do(
        () => this.#grouping.time(clock.now()),
        () => {},
      )
    this.#timer = clock.setTimeout(wake, Math.max(0, nextTime - clock.now()), true)
  }

  protected override takeBarrier(bundle: Bundle<I>, done: () => void): void {
    this.#do(
      () => {},
      () => {
        this.passBarrier(bundle)
        done()
      },
    )
  }

  /** The end of the input closes all windows. */
  protected override finishInput(): Promise<void> {
    return new Promise(resolve => this.#do(() => this.#grouping.advance(Number.POSITIVE_INFINITY), resolve))
  }

  protected override abort(): void {
    this.#timer?.cancel()
    // what is still being read or written fails, and nobody waits for it
    this.#engine?.overflow?.close().catch(() => {})
  }
}
