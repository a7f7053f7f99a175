import {
  type Bundle,
  BundleStage,
  checkTimestamp,
  DEFAULTS,
  type DoFn,
  type ElementOutputs,
  type ElementRules,
  errorPolicy,
  type OnError,
  OutputBuilder,
  STAGE,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageDescriptor,
  timestamped,
} from '../../core/index.ts'
import {badOption, checkOptionNames, durationOption} from '../../errors/index.ts'
import type {Duration} from '../../util/index.ts'
import type {TagsWith} from '../function-stage.ts'

/** Options of {@link withTimestamps}. */
export interface WithTimestampsOptions<Tag extends string = string> extends StageOptions {
  /**
   * Starts a watermark anew: the largest timestamp so far minus this. Default: the input's watermark passes on. Behind a stream
   * that is not sluice's there is no watermark to pass on.
   */
  outOfOrder?: Duration | undefined
  /** How much earlier than before an element's timestamp may become; default 0. Not with `outOfOrder`, which has no such limit. */
  allowedSkew?: Duration | undefined
  /** What happens to an element whose timestamp cannot be had: 'fail' (default), 'nack' (messages only) or `deadLetter('tag')`. */
  onError?: OnError<Tag> | undefined
}

class WithTimestamps<I, Tags extends object> extends BundleStage<I, I, Tags> {
  static override readonly name = 'withTimestamps'
  readonly #fn: (element: I) => number
  readonly #rules: ElementRules
  readonly #outOfOrder: number | undefined
  readonly #skew: number
  #latest = Number.NEGATIVE_INFINITY

  constructor(fn: (element: I) => number, options: WithTimestampsOptions = {}) {
    const {outOfOrder, allowedSkew, onError, ...common} = options
    const policy = errorPolicy(common.name ?? 'withTimestamps', onError)
    super(common, stageDescriptor({onError: policy.kind}))
    const where = this[STAGE].name
    if (typeof fn !== 'function') throw badOption(where, 'fn', fn, 'a function element => milliseconds')
    this.#fn = fn
    this.#rules = this.rules(policy)
    this.#outOfOrder = outOfOrder === undefined ? undefined : durationOption(where, 'outOfOrder', outOfOrder, 0)
    this.#skew = durationOption(where, 'allowedSkew', allowedSkew, 0)
    if (outOfOrder === undefined) return
    if (allowedSkew !== undefined)
      throw badOption(
        where,
        'allowedSkew',
        allowedSkew,
        'either this or outOfOrder, which starts a watermark of its own',
      )
    this.#skew = Number.POSITIVE_INFINITY
  }

  protected override takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void {
    const main = new OutputBuilder(bundle, {skew: this.#skew})
    for (const [i, element] of bundle.values.entries()) {
      try {
        const timestamp = this.#fn(element)
        checkTimestamp(timestamp, this[STAGE].name)
        main.same(timestamped(element, timestamp), i)
        if (timestamp > this.#latest) this.#latest = timestamp
      } catch (error) {
        this.#rules.failed(error, bundle, i, this.#letters(bundle, i))
        continue
      }
      bundle.leases?.[i]?.release()
    }
    const after = this.#outOfOrder === undefined ? watermark : this.#latest - this.#outOfOrder
    const parts = main.take(DEFAULTS.bundleValues) as Bundle<I>[]
    const last = parts.at(-1)
    if (last) last.watermark = after
    for (const part of parts) this.hand(part)
    this.advance(after)
    this.whenRoom(done)
  }

  /** Where the dead letter of an element goes, which has emitted nothing else. */
  #letters(bundle: Bundle<I>, i: number): ElementOutputs {
    return {
      addTagged: (tag, letter, ordinal) => {
        const letters = new OutputBuilder(bundle, {tag})
        letters.add(letter, i, ordinal)
        for (const part of letters.take(1)) this.handTagged(tag, part)
      },
      holds: () => false,
      discard: () => {},
    }
  }

  protected override takeBarrier(bundle: Bundle<I>, done: () => void): void {
    this.passBarrier(bundle)
    this.whenRoom(done)
  }

  protected override async finishInput(): Promise<void> {}

  protected override abort(): void {}
}

/**
 * A DoFn that gives each element the event time that `fn` finds in it; ids and leases stay.
 *
 * Without `outOfOrder` the watermark of the input passes on, and no timestamp may become earlier than it was, but for
 * `allowedSkew`: its window could be closed already. With `outOfOrder` the step makes a watermark of its own, the largest
 * timestamp so far minus that duration, whatever the input's was; what comes later than that is late. It moves only
 * when elements come. To merge inputs that are not equally far, put one of these on each of them and `flatten` after.
 *
 * @param fn gets the element and returns integer milliseconds since 1970
 * @param options `outOfOrder` (none), `allowedSkew` (0), `onError`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_TIMESTAMP` fails the run for a result that is no
 *   timestamp or too early, `ERR_SLUICE_PROCESS` when `fn` throws, unless `onError` says otherwise
 *
 * @example
 * const visits = create([{user: 'ann', at: '2024-05-01T10:00:00Z'}])
 * await chain(visits, withTimestamps(visit => Date.parse(visit.at), {outOfOrder: '10s'}), writeToStdout())
 */
export function withTimestamps<I, const Tag extends string = never>(
  fn: (element: I) => number,
  options?: WithTimestampsOptions<Tag>,
): DoFn<I, I, TagsWith<I, {}, Tag>> {
  checkOptionNames(options?.name ?? 'withTimestamps', options, [
    ...STAGE_OPTION_NAMES,
    'onError',
    'outOfOrder',
    'allowedSkew',
  ])
  return new WithTimestamps<I, TagsWith<I, {}, Tag>>(fn, options) as unknown as DoFn<I, I, TagsWith<I, {}, Tag>>
}
