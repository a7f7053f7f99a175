import {
  type Bundle,
  BundleStage,
  DEFAULTS,
  type DoFn,
  type ElementRules,
  errorPolicy,
  type OnError,
  OutputBuilder,
  STAGE,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageDescriptor,
} from '../../core/index.ts'
import {badOption, checkOptionNames, durationOption, enumOption, SluiceError} from '../../errors/index.ts'
import {keyOf} from '../../state/index.ts'
import type {Duration} from '../../util/index.ts'
import {elementLetters} from '../event-time/element-letters.ts'
import type {TagsWith} from '../function-stage.ts'
import {KeysInOrder, KeysInSlices, type RecentKeys} from './seen/recent-keys.ts'
import {refuseSeen} from './seen/refuse-seen.ts'

/** Options of {@link deduplicate}. */
export interface DeduplicateOptions<I, Tag extends string = string> extends StageOptions {
  /** What copies have in common: any JSON-like value; default: the element itself. */
  by?: ((element: I) => unknown) | undefined
  /** How long after the first element others of its key are copies; default 10 m. */
  within?: Duration | undefined
  /** Whether that time is the clock's ('processing', the default) or that of timestamps and the watermark ('event'). */
  time?: 'processing' | 'event' | undefined
  /** Required behind a message source: 'volatile' says that after a restart a copy of an earlier message may pass. */
  state?: 'volatile' | undefined
  /** What happens to an element whose key cannot be had or encoded: 'fail' (default) or `deadLetter('tag')`. */
  onError?: OnError<Tag> | undefined
}

class Deduplicate<I, Tags extends object> extends BundleStage<I, I, Tags> {
  static override readonly name = 'deduplicate'
  readonly #by: (element: I) => unknown
  readonly #within: number
  readonly #byEvent: boolean
  readonly #keys: RecentKeys
  readonly #rules: ElementRules
  #watermark = Number.NEGATIVE_INFINITY

  constructor({by, within, time, state, onError, ...common}: DeduplicateOptions<I>) {
    const where = common.name ?? 'deduplicate'
    const policy = errorPolicy(where, onError)
    const refuse = () => refuseSeen(this[STAGE], state)
    super(common, stageDescriptor({onError: policy.kind, refuse, observe: () => ({keys: this.#keys.size})}))
    this.#by = by ?? (element => element)
    this.#within = durationOption(where, 'within', within, 600_000, 1)
    this.#byEvent = time === 'event'
    this.#keys = this.#byEvent ? new KeysInSlices(this.#within) : new KeysInOrder()
    this.#rules = this.rules(policy)
  }

  protected override takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void {
    const main = new OutputBuilder(bundle)
    const now = this.#byEvent ? this.#watermark : this.info.clock.now()
    this.#keys.forget(now)
    for (const [i, element] of bundle.values.entries()) {
      try {
        const key = keyOf(this.#by(element))
        if (this.#keys.add(key, this.#timeOf(bundle, i, now) + this.#within, now)) main.same(element, i)
      } catch (error) {
        this.#rules.failed(
          error,
          bundle,
          i,
          elementLetters(bundle, i, (tag, part) => this.handTagged(tag, part)),
        )
        continue
      }
      bundle.leases?.[i]?.release()
    }
    for (const part of main.take(DEFAULTS.bundleValues)) this.hand(part as Bundle<I>)
    if (watermark > this.#watermark) this.#watermark = watermark
    this.advance(this.#watermark)
    this.whenRoom(done)
  }

  #timeOf({timestamps}: Bundle<I>, i: number, now: number): number {
    if (!this.#byEvent) return now
    const timestamp = timestamps?.[i]
    if (timestamp !== undefined && timestamp > Number.NEGATIVE_INFINITY) return timestamp
    const {name} = this.info
    throw new SluiceError(
      'ERR_SLUICE_TIMESTAMP',
      `${name} compares event times (time: 'event'), and the element has none: put withTimestamps(…) before it`,
      {stage: name},
    )
  }

  protected override takeBarrier(bundle: Bundle<I>, done: () => void): void {
    this.passBarrier(bundle)
    done()
  }

  protected override async finishInput(): Promise<void> {}

  protected override abort(): void {}
}

/**
 * A DoFn that drops copies: elements whose key came before, less than `within` ago. For sources that deliver more than once.
 *
 * The first element leaves at once, with its id, timestamp, windows and lease; the messages of copies are acknowledged. Windows make no
 * difference. By the clock (the default), a key is forgotten `within` after its first element was taken in. By event time it is
 * forgotten when the watermark reaches the first element's timestamp plus `within`; a copy that comes after that passes. A copy does
 * not lengthen the time.
 *
 * The keys of that time are in memory: about 100 bytes each, and what the key itself takes. Whoever needs all distinct elements of bounded
 * input, or of a window, takes `distinct`, which uses the disk.
 *
 * @param options `by` (the element), `within` (10 m), `time` ('processing'), `state`, `onError`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_WINDOWING` or `ERR_SLUICE_CHECKPOINT` before anything is read
 *   from messages without `state`, with a checkpoint, or before onError: 'nack'; `ERR_SLUICE_PROCESS` for a key that cannot be had or
 *   encoded, and for an element without a timestamp where event times are compared
 *
 * @example
 * const events = [{id: 'a', n: 1}, {id: 'b', n: 2}, {id: 'a', n: 1}]
 * await chain(create(events), deduplicate({by: event => event.id, within: '1h'}), writeToStdout({format: 'json'}))
 */
export function deduplicate<I, const Tag extends string = never>(
  options: DeduplicateOptions<I, Tag> = {},
): DoFn<I, I, TagsWith<I, {}, Tag>> {
  const where = options?.name ?? 'deduplicate'
  checkOptionNames(where, options, [...STAGE_OPTION_NAMES, 'by', 'within', 'time', 'state', 'onError'])
  const {by, time, state} = options
  if (by !== undefined && typeof by !== 'function') throw badOption(where, 'by', by, 'a function element => key')
  if (time !== undefined) enumOption(where, 'time', time, 'processing', ['processing', 'event'])
  if (state !== undefined) enumOption(where, 'state', state, 'volatile', ['volatile'])
  return new Deduplicate<I, {}>(options) as unknown as DoFn<I, I, TagsWith<I, {}, Tag>>
}
