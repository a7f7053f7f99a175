import {
  Bundle,
  checkTimestamp,
  connectedWith,
  isTimestamped,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  OUTPUT,
  OUTPUTS,
  SequenceIds,
  Source,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageOptionsOf,
  type Timestamped,
  useClock,
} from '../core/index.ts'
import {badOption, checkOptionNames, SluiceError, show} from '../errors/index.ts'
import {DURATION_FORMS, type Duration, parseDuration} from '../util/index.ts'
import {atRest} from './at-rest.ts'
import {FakeClock} from './fake-clock.ts'

/** Options of {@link TestStream}. */
export interface TestStreamOptions extends StageOptions {
  /** The clock of every stage that is connected with the stream; default: a new one, see {@link TestStream.clock}. */
  clock?: FakeClock | undefined
}

/** Which output an event is for. */
export interface TestStreamTarget<Tag extends string> {
  /** A tagged output; default: the main output. */
  tag?: Tag | undefined
}

/** What an output emits next, or how time moves. */
type Event =
  | {
      readonly kind: 'elements'
      readonly tag: string | undefined
      readonly values: unknown[]
      readonly timestamps: Float64Array
    }
  | {readonly kind: 'watermark'; readonly tag: string | undefined; readonly watermark: number}
  | {readonly kind: 'clock'; readonly by: Duration}

/**
 * A source that plays a script: elements with timestamps, watermarks and processing time, in exactly this order.
 *
 * The next event comes when what the one before has set off has come to rest, so windows, triggers and timers are tested without
 * waiting. Every connected stage uses `stream.clock`. The watermark goes to infinity at the end of the script.
 *
 * Several inputs are tagged outputs: each has a watermark of its own, and the script decides the order over all of them. Connect
 * every output that the script names; without elements for the main output, pipe it into `discard()`.
 *
 * @typeParam T the elements of the main output
 * @typeParam Tags the elements of tagged outputs, by tag
 *
 * @example
 * const clicks = new TestStream<{user: string}>()
 *   .addElements([timestamped({user: 'ada'}, 1_000), timestamped({user: 'ada'}, 2_000)])
 *   .advanceWatermarkTo(60_000)
 *   .addElements([timestamped({user: 'bob'}, 61_000)])
 *   .advanceProcessingTime('1m')
 * await collect(clicks)
 */
export class TestStream<T = unknown, Tags extends object = {}> extends Source<T, Tags> {
  static override readonly name: string = 'TestStream'
  /** The time of every stage that is connected with this one; only the script moves it. */
  readonly clock: FakeClock
  readonly #events: Event[] = []
  /** The watermarks at this point of the script, by tag. */
  readonly #watermarks = new Map<string | undefined, number>()
  readonly #counts = new Map<string | undefined, number>()
  #started = false

  /**
   * @param options those of every stage, and `clock`
   * @throws {SluiceError} `ERR_SLUICE_OPTION`
   */
  constructor(options: TestStreamOptions = {}) {
    checkOptionNames(options?.name ?? 'TestStream', options, [...STAGE_OPTION_NAMES, 'clock'])
    super(stageOptionsOf(options))
    const {clock = new FakeClock()} = options
    if (!(clock instanceof FakeClock)) throw badOption(this.info.name, 'clock', clock, 'a FakeClock')
    this.clock = clock
  }

  /**
   * Emits elements, as one bundle.
   *
   * @param elements each a value, or `timestamped(value, ms)`; without a timestamp, an element gets the current watermark of its
   * output. A timestamp before the watermark makes a late element
   * @param target the output; default: the main one
   * @throws {SluiceError} `ERR_SLUICE_OPTION`
   */
  addElements(elements: Iterable<T | Timestamped<T>>): this
  addElements<Tag extends keyof Tags & string>(
    elements: Iterable<Tags[Tag] | Timestamped<Tags[Tag]>>,
    target: {tag: Tag},
  ): this
  addElements(elements: Iterable<unknown>, target?: TestStreamTarget<string>): this {
    const tag = this.#tagOf(target)
    if (typeof elements !== 'object' || elements === null || !(Symbol.iterator in elements))
      throw badOption(
        this.info.name,
        'elements',
        elements,
        'an array of elements, for example [timestamped(value, 1000)]',
      )
    const watermark = this.#watermarks.get(tag) ?? MIN_TIMESTAMP
    if (watermark === MAX_TIMESTAMP) throw this.#misplaced('elements', tag)
    const values: unknown[] = []
    const timestamps: number[] = []
    for (const element of elements) {
      const at = isTimestamped(element) ? element.timestamp : watermark
      values.push(isTimestamped(element) ? element.value : element)
      timestamps.push(at)
    }
    return this.#add({kind: 'elements', tag, values, timestamps: Float64Array.from(timestamps)})
  }

  /**
   * Moves the watermark of an output.
   *
   * @param time milliseconds since 1970, or a Date; later than the watermark before
   * @param target the output; default: the main one
   * @throws {SluiceError} `ERR_SLUICE_OPTION`: it does not move forward; `ERR_SLUICE_TIMESTAMP`: not a time
   */
  advanceWatermarkTo(time: number | Date, target?: TestStreamTarget<keyof Tags & string>): this {
    const tag = this.#tagOf(target)
    const watermark = Number(time)
    checkTimestamp(watermark, `${this.info.name}: advanceWatermarkTo()`)
    const before = this.#watermarks.get(tag) ?? Number.NEGATIVE_INFINITY
    if (before === MAX_TIMESTAMP) throw this.#misplaced('a watermark', tag)
    if (watermark <= before)
      throw new SluiceError(
        'ERR_SLUICE_OPTION',
        `${this.info.name}: the watermark is at ${before} and cannot move to ${watermark}: give a later time`,
        {stage: this.info.name},
      )
    this.#watermarks.set(tag, watermark)
    return this.#add({kind: 'watermark', tag, watermark})
  }

  /**
   * Moves the watermark of an output beyond every window: all of them close. No element follows on this output.
   *
   * @param target the output; default: the main one
   */
  advanceWatermarkToInfinity(target?: TestStreamTarget<keyof Tags & string>): this {
    return this.advanceWatermarkTo(MAX_TIMESTAMP, target)
  }

  /**
   * Moves the clock of all connected stages, and fires the timers on the way.
   *
   * @param by `'1m'`, or milliseconds
   * @throws {SluiceError} `ERR_SLUICE_OPTION`
   */
  advanceProcessingTime(by: Duration): this {
    if (parseDuration(by) === undefined) throw badOption(this.info.name, 'by', by, DURATION_FORMS)
    return this.#add({kind: 'clock', by})
  }

  #add(event: Event): this {
    if (this.#started)
      throw new SluiceError('ERR_SLUICE_OPTION', `${this.info.name} has started: give the whole script before that`, {
        stage: this.info.name,
      })
    this.#events.push(event)
    return this
  }

  #tagOf(target: TestStreamTarget<string> | undefined): string | undefined {
    checkOptionNames(this.info.name, target, ['tag'])
    const tag = target?.tag
    if (tag !== undefined && (typeof tag !== 'string' || tag === ''))
      throw badOption(this.info.name, 'tag', tag, 'the name of a tagged output')
    return tag
  }

  #misplaced(what: string, tag: string | undefined): SluiceError {
    const output = tag === undefined ? 'the main output' : `output ${show(tag)}`
    return new SluiceError(
      'ERR_SLUICE_OPTION',
      `${this.info.name}: ${what} after the watermark of ${output} has gone to infinity; move it to infinity last`,
      {stage: this.info.name},
    )
  }

  override async *bundles(signal: AbortSignal): AsyncGenerator<Bundle<T>> {
    this.#started = true
    this.#checkTags()
    for (const info of connectedWith([this.info])) useClock(info, this.clock)
    // what the stages are about to do at their start
    await atRest(this.info, signal)
    for (const event of this.#events) {
      if (event.kind === 'clock') await this.clock.advance(event.by)
      else if (event.tag === undefined) yield this.#bundleOf(event) as Bundle<T>
      else if (event.kind === 'elements') await this.emitTagged(event.tag, this.#bundleOf(event))
      else this[OUTPUTS].claim(event.tag)[OUTPUT].advance(event.watermark)
      await atRest(this.info, signal)
      if (signal.aborted) return
    }
  }

  /** An output that nobody reads would lose its elements, and the test would see too little. */
  #checkTags(): void {
    for (const event of this.#events)
      if (event.kind !== 'clock' && event.tag !== undefined && !this[OUTPUTS].claims(event.tag))
        throw new SluiceError(
          'ERR_SLUICE_TAG',
          `the script has events for output '${event.tag}', which nobody reads: connect tagged('${event.tag}')`,
          {stage: this.info.name},
        )
  }

  #bundleOf(event: Exclude<Event, {kind: 'clock'}>): Bundle<unknown> {
    if (event.kind === 'watermark') return new Bundle([], {watermark: event.watermark})
    const {tag, values, timestamps} = event
    const start = this.#counts.get(tag) ?? 0
    this.#counts.set(tag, start + values.length)
    const prefix = tag === undefined ? this.info.name : `${this.info.name}.${tag}`
    return new Bundle([...values], {ids: new SequenceIds(prefix, start), timestamps})
  }
}
