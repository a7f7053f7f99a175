import {
  Bundle,
  isBundle,
  LeasedSource,
  ListIds,
  SequenceIds,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageDescriptor,
  stageOptionsOf,
} from '../core/index.ts'
import {badOption, checkOptionNames} from '../errors/index.ts'
import {DURATION_FORMS, type Duration, parseDuration} from '../util/index.ts'
import {type TestElement, TestLease} from './test-lease.ts'

/** Options of {@link testSource}. */
export interface TestSourceOptions<T> extends StageOptions {
  /** Whether elements carry leases, as those of a message source do; default false. */
  leases?: boolean | undefined
  /** The watermark after each bundle, integer milliseconds; default: none. */
  watermarks?: readonly number[] | undefined
  /** Event time of an element, integer milliseconds. */
  timestamps?: ((element: T, index: number) => number) | undefined
  /** Ids: a prefix, followed by a count from 0 (default: the source's name); a function of the element; or false for none. */
  ids?: string | ((element: T, index: number) => string) | false | undefined
  /** Fails with this error after the last bundle. */
  error?: unknown
  /** How long a close waits for outstanding leases before giving them back; default 8 s. */
  drain?: Duration | undefined
}

const NAMES = [...STAGE_OPTION_NAMES, 'leases', 'watermarks', 'timestamps', 'ids', 'error', 'drain']

/** A source of given bundles that keeps track of every element; made by {@link testSource}. */
export class TestSource<T> extends LeasedSource<T> {
  static override readonly name = 'testSource'
  readonly #given: Iterable<T[] | Bundle<T>> | AsyncIterable<T[] | Bundle<T>>
  readonly #options: TestSourceOptions<T>
  readonly #drain: number
  readonly #leases: TestLease<T>[] = []
  #unsettled = 0
  /** Elements handed out so far. */
  pulled = 0

  constructor(given: Iterable<T[] | Bundle<T>> | AsyncIterable<T[] | Bundle<T>>, options: TestSourceOptions<T> = {}) {
    super(stageOptionsOf(options), stageDescriptor({leased: options.leases === true}))
    const drain = parseDuration(options.drain ?? '8s')
    if (drain === undefined) throw badOption(this.info.name, 'drain', options.drain, DURATION_FORMS)
    this.#drain = drain
    this.#given = given
    this.#options = options
  }

  /** With `leases`: every element handed out and its state, in order. */
  get elements(): readonly TestElement<T>[] {
    return this.#leases
  }

  /** Elements whose message was acknowledged. */
  get acked(): T[] {
    return this.#in('acked')
  }

  /** Elements whose message was given back. */
  get nacked(): T[] {
    return this.#in('nacked')
  }

  /** Elements that are neither acknowledged nor given back yet. */
  get outstanding(): T[] {
    return this.#in('pending')
  }

  #in(state: TestElement<T>['state']): T[] {
    return this.#leases.filter(lease => lease.state === state).map(lease => lease.value)
  }

  override async *bundles(): AsyncGenerator<Bundle<T>> {
    let number = 0
    for await (const given of this.#given) {
      const bundle = isBundle(given) ? this.#leasing(given as Bundle<T>) : this.#make(given as T[], number)
      number++
      this.pulled += bundle.values.length
      yield bundle
    }
    if (this.#options.error !== undefined) throw this.#options.error
  }

  #make(values: T[], number: number): Bundle<T> {
    const {watermarks, timestamps, ids} = this.#options
    const start = this.pulled
    return new Bundle([...values], {
      ids:
        ids === false
          ? undefined
          : typeof ids === 'function'
            ? new ListIds(
                this.info.name,
                values.map((value, i) => ids(value, start + i)),
              )
            : new SequenceIds(ids ?? this.info.name, start),
      timestamps: timestamps && Float64Array.from(values, (value, i) => timestamps(value, start + i)),
      leases: this.#lease(values),
      watermark: watermarks?.[number],
    })
  }

  /** A bundle made by the test itself, with leases added if requested. */
  #leasing(given: Bundle<T>): Bundle<T> {
    return this.info.leased && !given.leases ? given.with({leases: this.#lease(given.values)}) : given
  }

  #lease(values: T[]): TestLease<T>[] | undefined {
    if (!this.info.leased) return undefined
    this.#unsettled += values.length
    const leases = values.map(value => new TestLease(value, () => this.#settled()))
    this.#leases.push(...leases)
    return leases
  }

  #settled(): void {
    this.#unsettled--
    this.messageSettled()
  }

  protected override get unsettled(): number {
    return this.#unsettled
  }

  protected override get patience(): number {
    return this.#drain
  }

  protected override giveBack(reason: unknown): void {
    for (const lease of this.#leases) lease.nack(reason)
  }

  protected override async closeUp(): Promise<void> {}
}

/**
 * A source of given bundles for tests of stages, with the ids, timestamps, watermarks and leases of your choice.
 *
 * With `leases: true` it behaves as a message source does: it may feed stages of sluice only, closes when every message is
 * settled, and gives back what is outstanding when it fails. `elements`, `acked`, `nacked` and `outstanding` report what
 * happened to each element.
 *
 * @param bundles arrays of elements (or Bundles), each handed on as one bundle; an async iterable lets the test decide
 *   when the next one comes
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const source = testSource([[1, 2], [3]], {leases: true})
 * await chain(source, map(n => n * 2), testSink())
 * expect(source.acked).to.deep.equal([1, 2, 3])
 */
export function testSource<T>(
  bundles: Iterable<T[] | Bundle<T>> | AsyncIterable<T[] | Bundle<T>>,
  options?: TestSourceOptions<T>,
): TestSource<T> {
  checkOptionNames(options?.name ?? 'testSource', options, NAMES)
  return new TestSource(bundles, options)
}
