import {badOption, checkOptionNames, durationOption, integerOption, SluiceError} from '../../errors/index.ts'
import type {Duration} from '../../util/index.ts'

/** When a grouping emits what a window holds: plain frozen data, made by `afterWatermark()` and the like. */
export type Trigger =
  | {readonly kind: 'default' | 'always' | 'never' | 'after-synchronized-processing-time'}
  | AfterWatermark
  | AfterProcessingTime
  | {readonly kind: 'after-count'; readonly count: number}
  | {readonly kind: 'repeatedly'; readonly trigger: Trigger}
  | {readonly kind: 'after-any' | 'after-all' | 'after-each'; readonly triggers: readonly Trigger[]}
  | {readonly kind: 'or-finally'; readonly trigger: Trigger; readonly until: Trigger}

interface AfterWatermark {
  readonly kind: 'after-watermark'
  readonly early?: Trigger | undefined
  readonly late?: Trigger | undefined
}

/** What `afterProcessingTime()` makes. */
export interface AfterProcessingTime {
  readonly kind: 'after-processing-time'
  /** After the first element of the pane, ms. */
  readonly delay: number
  /** The firing waits for the next multiple of this, ms. */
  readonly alignTo?: number | undefined
}

const KINDS: readonly string[] = [
  'default',
  'always',
  'never',
  'after-synchronized-processing-time',
  'after-watermark',
  'after-processing-time',
  'after-count',
  'repeatedly',
  'after-any',
  'after-all',
  'after-each',
  'or-finally',
] satisfies Trigger['kind'][]

/** True for a trigger, also one that was read back from plain data. */
export function isTrigger(value: unknown): value is Trigger {
  return typeof value === 'object' && value !== null && KINDS.includes((value as Trigger).kind)
}

function checked(where: string, option: string, value: unknown): Trigger {
  if (isTrigger(value)) return value
  throw badOption(where, option, value, "a trigger, for example afterCount(100) or afterProcessingTime('1m')")
}

function severalChecked(where: string, triggers: readonly Trigger[]): readonly Trigger[] {
  if (triggers.length < 1)
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${where}() was given no trigger: give at least one, for example ${where}(afterCount(100))`,
    )
  return Object.freeze(triggers.map((trigger, i) => checked(where, `triggers[${i}]`, trigger)))
}

const DEFAULT: Trigger = Object.freeze({kind: 'default'})
const ALWAYS: Trigger = Object.freeze({kind: 'always'})
const NEVER: Trigger = Object.freeze({kind: 'never'})

/** Fires when the watermark passes the end of the window, and again for each late element: what a grouping does without a trigger. *
 * @example
 * const orders = windowInto<{id: string}>(fixedWindows('1h'), {trigger: defaultTrigger(), accumulation: 'accumulating'})
 */
export function defaultTrigger(): Trigger {
  return DEFAULT
}

/** Fires after every element. *
 * @example
 * const running = windowInto<number>(globalWindow(), {trigger: always(), accumulation: 'accumulating'})
 */
export function always(): Trigger {
  return ALWAYS
}

/** Never fires: what a window holds leaves when it expires, or when the input ends. *
 * @example
 * const atTheEnd = windowInto<number>(globalWindow(), {trigger: never(), accumulation: 'discarding'})
 */
export function never(): Trigger {
  return NEVER
}

/** Options of {@link afterWatermark}. */
export interface AfterWatermarkOptions {
  /** When to fire before the watermark passes the end of the window; repeated. Default: not at all. */
  early?: Trigger | undefined
  /** When to fire after that, for late elements; repeated. Default: not at all, then the window is finished and what comes late is dropped. */
  late?: Trigger | undefined
}

/**
 * Fires once when the watermark passes the end of the window, and optionally before and after that.
 *
 * @param options `early` and `late`: triggers that are repeated automatically
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const trigger = afterWatermark({early: afterProcessingTime('10s'), late: afterCount(1)})
 * const scores = windowInto<{team: string}>(fixedWindows('1h'), {trigger, accumulation: 'accumulating', allowedLateness: '1d'})
 */
export function afterWatermark(options: AfterWatermarkOptions = {}): Trigger {
  checkOptionNames('afterWatermark', options, ['early', 'late'])
  const {early, late} = options
  return Object.freeze({
    kind: 'after-watermark',
    ...(early !== undefined && {early: checked('afterWatermark', 'early', early)}),
    ...(late !== undefined && {late: checked('afterWatermark', 'late', late)}),
  })
}

/** Options of {@link afterProcessingTime}. */
export interface AfterProcessingTimeOptions {
  /** The firing waits for the next multiple of this since 1970, so that windows and keys fire together. Default: it does not. */
  alignTo?: Duration | undefined
}

/**
 * Fires once, this long by the clock after the first element of the pane arrived.
 *
 * @param delay `'30s'`, or milliseconds
 * @param options `alignTo`
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const everyMinute = repeatedly(afterProcessingTime('1m', {alignTo: '1m'}))
 */
export function afterProcessingTime(delay: Duration, options: AfterProcessingTimeOptions = {}): Trigger {
  checkOptionNames('afterProcessingTime', options, ['alignTo'])
  if (delay === undefined) throw badOption('afterProcessingTime', 'delay', delay, "a duration such as '30s'")
  const {alignTo} = options
  return Object.freeze({
    kind: 'after-processing-time',
    delay: durationOption('afterProcessingTime', 'delay', delay, 0),
    ...(alignTo !== undefined && {alignTo: durationOption('afterProcessingTime', 'alignTo', alignTo, 0, 1)}),
  })
}

/**
 * Fires once when the pane has at least this many elements.
 *
 * With fewer it waits until the window expires: combine it with a time, `afterAny(afterCount(100), afterProcessingTime('1m'))`.
 *
 * @param count at least 1
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const hundreds = repeatedly(afterAny(afterCount(100), afterProcessingTime('1m')))
 */
export function afterCount(count: number): Trigger {
  if (count === undefined) throw badOption('afterCount', 'count', count, 'an integer of at least 1')
  return Object.freeze({kind: 'after-count', count: integerOption('afterCount', 'count', count, 1, 1)})
}

/**
 * Starts a trigger again whenever it has finished.
 *
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const every10 = repeatedly(afterCount(10))
 */
export function repeatedly(trigger: Trigger): Trigger {
  return Object.freeze({kind: 'repeatedly', trigger: checked('repeatedly', 'trigger', trigger)})
}

/**
 * Fires when the first of these triggers does.
 *
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const soon = repeatedly(afterAny(afterCount(100), afterProcessingTime('1m')))
 */
export function afterAny(...triggers: Trigger[]): Trigger {
  return Object.freeze({kind: 'after-any', triggers: severalChecked('afterAny', triggers)})
}

/**
 * Fires when all of these triggers are ready.
 *
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const notTooOften = repeatedly(afterAll(afterCount(100), afterProcessingTime('1m')))
 */
export function afterAll(...triggers: Trigger[]): Trigger {
  return Object.freeze({kind: 'after-all', triggers: severalChecked('afterAll', triggers)})
}

/**
 * Runs these triggers one after the other: each begins when the one before has finished.
 *
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const firstSoonThenRarely = afterEach(afterCount(1), repeatedly(afterProcessingTime('10m')))
 */
export function afterEach(...triggers: Trigger[]): Trigger {
  return Object.freeze({kind: 'after-each', triggers: severalChecked('afterEach', triggers)})
}

/**
 * Runs a trigger until another one fires; then it is finished.
 *
 * @param trigger what fires until then
 * @param until ends it with a last firing
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const untilTheEnd = orFinally(repeatedly(afterCount(100)), afterWatermark())
 */
export function orFinally(trigger: Trigger, until: Trigger): Trigger {
  return Object.freeze({
    kind: 'or-finally',
    trigger: checked('orFinally', 'trigger', trigger),
    until: checked('orFinally', 'until', until),
  })
}
