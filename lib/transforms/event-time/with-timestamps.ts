import {
  type Bundle,
  BundleStage,
  type DoFn,
  type ElementRules,
  errorPolicy,
  type OnError,
  STAGE,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageDescriptor,
} from '../../core/index.ts'
import {checkOptionNames} from '../../errors/index.ts'
import type {TagsWith} from '../function-stage.ts'
import {elementLetters} from './element-letters.ts'
import {type ElementTimeOptions, ElementTimes} from './element-times.ts'

/** Options of {@link withTimestamps}. */
export interface WithTimestampsOptions<Tag extends string = string> extends StageOptions, ElementTimeOptions {
  /** What happens to an element whose timestamp cannot be had: 'fail' (default), 'nack' (messages only) or `deadLetter('tag')`. */
  onError?: OnError<Tag> | undefined
}

class WithTimestamps<I, Tags extends object> extends BundleStage<I, I, Tags> {
  static override readonly name = 'withTimestamps'
  readonly #times: ElementTimes<I>
  readonly #rules: ElementRules

  constructor(fn: (element: I) => number, options: WithTimestampsOptions = {}) {
    const {outOfOrder, allowedSkew, onError, ...common} = options
    const policy = errorPolicy(common.name ?? 'withTimestamps', onError)
    super(common, stageDescriptor({onError: policy.kind}))
    this.#times = new ElementTimes(this[STAGE].name, 'fn', fn, {outOfOrder, allowedSkew})
    this.#rules = this.rules(policy)
  }

  protected override takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void {
    const {length} = bundle.values
    const timestamps = new Float64Array(length)
    const kept: number[] = []
    for (let i = 0; i < length; i++) {
      try {
        timestamps[kept.length] = this.#times.of(bundle, i)
      } catch (error) {
        const letters = elementLetters(bundle, i, (tag, letter) => this.handTagged(tag, letter))
        this.#rules.failed(error, bundle, i, letters)
        continue
      }
      kept.push(i)
    }
    const after = this.#times.after(watermark)
    const rest = kept.length === length ? bundle : bundle.select(kept)
    this.hand(rest.with({timestamps: timestamps.subarray(0, kept.length), watermark: after}))
    this.advance(after)
    this.whenRoom(done)
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
