import {
  type Bundle,
  BundleStage,
  type Counter,
  type DoFn,
  type ElementRules,
  errorPolicy,
  type OnError,
  STAGE,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageDescriptor,
  type WindowSlot,
} from '../../core/index.ts'
import {badOption, booleanOption, checkOptionNames, SluiceError} from '../../errors/index.ts'
import {refuseUnsafeTrigger, refuseUntimed, strategyFrom, type Trigger, type WindowFn} from '../../windowing/index.ts'
import type {TagsWith} from '../function-stage.ts'
import {elementLetters} from './element-letters.ts'
import {type ElementTimeOptions, ElementTimes} from './element-times.ts'
import {type StrategyOptions, strategyOptions} from './strategy-options.ts'

/** Options of {@link windowInto}; `trigger` and `accumulation` go together. */
export interface WindowIntoOptions<I = unknown, Tag extends string = string>
  extends StageOptions,
    ElementTimeOptions,
    StrategyOptions {
  /** Gets the element and returns its event time, integer milliseconds since 1970. Default: the time that the source gave it. */
  timestamp?: ((element: I) => number) | undefined
  /** Allows a trigger that finishes while its window still takes elements: what comes after that is dropped. Default false. */
  allowUnsafeTriggers?: boolean | undefined
  /** What happens to an element without a valid event time or window: 'fail' (default), 'nack' (messages only) or `deadLetter('tag')`. */
  onError?: OnError<Tag> | undefined
}

/** With a trigger a window may emit several panes, so the user must say what each contains. */
type Accumulates =
  | {trigger?: undefined; accumulation?: 'discarding' | 'accumulating' | undefined}
  | {trigger: Trigger; accumulation: 'discarding' | 'accumulating'}

const NAMES = [
  ...STAGE_OPTION_NAMES,
  'timestamp',
  'outOfOrder',
  'allowedSkew',
  'trigger',
  'accumulation',
  'allowedLateness',
  'timestampCombiner',
  'closing',
  'onTime',
  'allowUnsafeTriggers',
  'onError',
]

class WindowInto<I, Tags extends object> extends BundleStage<I, I, Tags> {
  static override readonly name = 'windowInto'
  readonly #fn: WindowFn
  readonly #times: ElementTimes<I> | undefined
  readonly #rules: ElementRules
  #inNoWindow: Counter | undefined

  constructor(fn: WindowFn, options: WindowIntoOptions<I>) {
    const {name, highWaterMark, signal, logger, onError, timestamp, outOfOrder, allowedSkew} = options
    const where = name ?? 'windowInto'
    const policy = errorPolicy(where, onError)
    const unsafe = booleanOption(where, 'allowUnsafeTriggers', options.allowUnsafeTriggers, false)
    const strategy = strategyOptions(where, fn, options)
    super(
      {name, highWaterMark, signal, logger},
      stageDescriptor({
        onError: policy.kind,
        windowing: inputs => strategy(strategyFrom(inputs)),
        refuse: () =>
          (unsafe ? undefined : refuseUnsafeTrigger(this[STAGE])) ??
          refuseUntimed(this[STAGE], timestamp !== undefined),
      }),
    )
    this.#fn = fn
    this.#rules = this.rules(policy)
    if (timestamp !== undefined)
      this.#times = new ElementTimes(where, 'timestamp', timestamp, {outOfOrder, allowedSkew})
    else if (outOfOrder !== undefined || allowedSkew !== undefined)
      throw badOption(
        where,
        'timestamp',
        timestamp,
        'a function element => milliseconds together with outOfOrder or allowedSkew',
      )
  }

  protected override takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void {
    const placed = this.#placed(bundle)
    const after = this.#times?.after(watermark) ?? watermark
    this.hand(placed.with({watermark: after}))
    this.advance(after)
    this.whenRoom(done)
  }

  /** The elements with their windows, without those that have none. */
  #placed(bundle: Bundle<I>): Bundle<I> {
    const {values, timestamps} = bundle
    const {length} = values
    if (!this.#fn.needsTimestamps && !this.#times) return bundle.with({windows: undefined})
    const windows: WindowSlot[] = []
    const times = this.#times ? new Float64Array(length) : undefined
    // undefined while all elements so far are kept
    let kept: number[] | undefined
    for (let i = 0; i < length; i++) {
      try {
        const time = this.#times ? this.#times.of(bundle, i) : this.#timeOf(timestamps, i)
        const slot = this.#fn.assign(time, values[i])
        if (!Array.isArray(slot) || slot.length > 0) {
          if (times) times[windows.length] = time
          windows.push(slot)
          kept?.push(i)
          continue
        }
        this.#inNoWindow ??= this[STAGE].metrics.counter('in no window')
        this.#inNoWindow.inc()
        bundle.leases?.[i]?.release()
      } catch (error) {
        const letters = elementLetters(bundle, i, (tag, letter) => this.handTagged(tag, letter))
        this.#rules.failed(error, bundle, i, letters)
      }
      kept ??= [...Array(i).keys()]
    }
    const rest = kept ? bundle.select(kept) : bundle
    return rest.with({windows, ...(times && {timestamps: times.subarray(0, windows.length)})})
  }

  #timeOf(timestamps: Float64Array | undefined, i: number): number {
    const time = timestamps?.[i]
    if (time !== undefined && time >= Number.MIN_SAFE_INTEGER) return time
    throw new SluiceError(
      'ERR_SLUICE_TIMESTAMP',
      `${this[STAGE].name}: the element has no event time, so it is in no window: its source gives none, or a stream that is not a ` +
        'sluice stage has lost it. Give it one: windowInto(…, {timestamp: row => Date.parse(row.at)}), or withTimestamps() before it',
    )
  }

  protected override takeBarrier(bundle: Bundle<I>, done: () => void): void {
    this.passBarrier(bundle)
    this.whenRoom(done)
  }

  protected override async finishInput(): Promise<void> {}

  protected override abort(): void {}
}

/**
 * Puts elements into windows of event time, and says when groupings downstream emit what a window holds.
 *
 * It does not wait or group: it attaches its windows to each element. A later `windowInto` replaces windows and trigger, and keeps the
 * lateness of its input unless it is given one. Elements between windows (`slidingWindows` with gaps) are dropped
 * and counted (`in no window`).
 *
 * @param fn `fixedWindows('1m')`, `slidingWindows`, `sessions`, `calendarDays`, `globalWindow()`, `customWindows`
 * @param options `timestamp` (the source's), `trigger` (at the end of the window, and for each late element), `accumulation` (to be
 *   given with a trigger), `allowedLateness` (that of the input, else 0), `timestampCombiner` ('end-of-window'), `closing`
 *   ('if-non-empty'), `onTime` ('always'), `allowUnsafeTriggers`, `onError`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_WINDOWING` for a trigger without accumulation, or, before
 *   anything is read, one that may finish and lose data; `ERR_SLUICE_TIMESTAMP` fails the run for an element without event time
 *
 * @example
 * const events = create([{user: 'ann', at: '2024-05-01T10:00:00Z'}])
 * await chain(
 *   events,
 *   windowInto(fixedWindows('1m'), {timestamp: event => Date.parse(event.at), outOfOrder: '10s'}),
 *   map((event, c) => ({...event, minute: new Date(c.window.start)})),
 *   writeToStdout(),
 * )
 */
export function windowInto<I, const Tag extends string = never>(
  fn: WindowFn,
  options?: WindowIntoOptions<I, Tag> & Accumulates,
): DoFn<I, I, TagsWith<I, {}, Tag>> {
  checkOptionNames(options?.name ?? 'windowInto', options, NAMES)
  return new WindowInto<I, TagsWith<I, {}, Tag>>(fn, (options ?? {}) as WindowIntoOptions<I>) as unknown as DoFn<
    I,
    I,
    TagsWith<I, {}, Tag>
  >
}
