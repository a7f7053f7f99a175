import {
  type Bundle,
  type Lease,
  nackAll,
  releaseAll,
  Sink,
  STAGE_OPTION_NAMES,
  type StageOptions,
  sleep,
} from '../core/index.ts'
import {badOption, checkOptionNames, enumOption} from '../errors/index.ts'
import {type Deferred, DURATION_FORMS, type Duration, deferred, parseDuration} from '../util/index.ts'

/** Where a {@link TestSink} fails. */
export interface TestSinkFailure {
  in: 'setup' | 'write' | 'commit' | 'teardown'
  /** Default: an Error that names the place. */
  error?: unknown
  /** For 'write': number of values written before it fails; default 0. */
  after?: number | undefined
}

/** Options of {@link testSink}. */
export interface TestSinkOptions extends StageOptions {
  /** Takes no bundle until `release()` is called; default false. */
  stall?: boolean | undefined
  /** How long each bundle takes, on the stage's clock; default: bundles are taken synchronously. */
  delay?: Duration | undefined
  /** Where it fails; default: nowhere. */
  fail?: TestSinkFailure | undefined
  /** When messages count as committed: 'write' (default), 'commit' (at the end or `flush()`), or 'never'. */
  acknowledge?: 'write' | 'commit' | 'never' | undefined
}

const NAMES = [...STAGE_OPTION_NAMES, 'stall', 'delay', 'fail', 'acknowledge']

/** A sink that keeps everything it receives; made by {@link testSink}. */
export class TestSink<T> extends Sink<T> {
  static override readonly name = 'testSink'
  /** Bundles as they arrived; empty ones only move the watermark. */
  readonly bundles: Bundle<T>[] = []
  readonly values: T[] = []
  /** Ids of the values, `prefix:id`; undefined where there is none. */
  readonly ids: (string | undefined)[] = []
  /** Event times of the values; undefined where there is none. */
  readonly timestamps: (number | undefined)[] = []
  /** The latest watermark. */
  watermark = Number.NEGATIVE_INFINITY
  /** Number of commits. */
  commits = 0
  tornDown = false
  readonly #delay: number
  readonly #fail: TestSinkFailure | undefined
  readonly #acknowledge: 'write' | 'commit' | 'never'
  readonly #uncommitted: Lease[] = []
  readonly #awaited: {count: number; reached: Deferred<void>}[] = []
  #stalled: Deferred<void> | undefined

  constructor(options: TestSinkOptions = {}) {
    const {stall, delay, fail, acknowledge, ...common} = options
    super(common)
    const where = this.info.name
    const ms = parseDuration(delay ?? 0)
    if (ms === undefined) throw badOption(where, 'delay', delay, DURATION_FORMS)
    this.#delay = ms
    this.#fail = fail
    this.#acknowledge = enumOption(where, 'acknowledge', acknowledge, 'write', ['write', 'commit', 'never'])
    if (stall) this.#stalled = deferred<void>()
  }

  /** Ends a stall: accepts bundles from now on. */
  release(): void {
    this.#stalled?.resolve()
    this.#stalled = undefined
  }

  /** Accepts nothing more until `release()`. */
  stall(): void {
    this.#stalled ??= deferred<void>()
  }

  /** Resolves when at least `count` values have arrived; rejects if the sink is destroyed first. */
  received(count: number): Promise<void> {
    if (this.values.length >= count) return Promise.resolve()
    const reached = deferred<void>()
    this.#awaited.push({count, reached})
    this.once('close', () =>
      reached.reject(
        this.errored ?? new Error(`${this.info.name} closed after ${this.values.length} of ${count} values`),
      ),
    )
    return reached.promise
  }

  override setup(): void {
    this.#failIn('setup')
  }

  protected override get ownsLeases(): boolean {
    return true
  }

  override writeBundle(bundle: Bundle<T>): Promise<void> | undefined {
    if (this.#stalled || this.#delay > 0) return this.#later(bundle)
    this.#keep(bundle)
    return undefined
  }

  async #later(bundle: Bundle<T>): Promise<void> {
    while (this.#stalled) await this.#stalled.promise
    if (this.#delay > 0) await sleep(this.info.clock, this.#delay, this.signal)
    if (!this.destroyed) this.#keep(bundle)
  }

  #keep(bundle: Bundle<T>): void {
    const {values, ids, timestamps, leases, watermark} = bundle
    if (this.#fail?.in === 'write' && this.values.length + values.length > (this.#fail.after ?? 0))
      this.#failIn('write')
    this.bundles.push(bundle)
    for (const [i, value] of values.entries()) {
      this.values.push(value)
      this.ids.push(ids && `${ids.prefix}:${ids.at(i)}`)
      this.timestamps.push(timestamps?.[i])
    }
    if (watermark > this.watermark) this.watermark = watermark
    if (this.#acknowledge === 'write') releaseAll(leases)
    else if (leases) this.#uncommitted.push(...leases)
    for (const {count, reached} of this.#awaited) if (this.values.length >= count) reached.resolve()
  }

  override commit(): void {
    this.#failIn('commit')
    this.commits++
    if (this.#acknowledge === 'commit') releaseAll(this.#uncommitted.splice(0))
  }

  override teardown(): void {
    this.tornDown = true
    this.#failIn('teardown')
  }

  #failIn(where: TestSinkFailure['in']): void {
    if (this.#fail?.in !== where) return
    throw this.#fail.error ?? new Error(`${this.info.name} was told to fail in ${where}`)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // a stalled write would block whoever waits for it
    this.release()
    if (!this.writableFinished) nackAll(this.#uncommitted.splice(0), error)
    super._destroy(error, callback)
  }
}

/**
 * A sink for tests that keeps everything it receives: `values`, `bundles`, `ids`, `timestamps`, `watermark`. It can be slow,
 * stall or fail.
 *
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const sink = testSink<number>({stall: true})
 * const done = chain(create([1, 2]), map(n => n * 2), sink)
 * sink.release()
 * await done
 */
export function testSink<T = unknown>(options?: TestSinkOptions): TestSink<T> {
  checkOptionNames(options?.name ?? 'testSink', options, NAMES)
  return new TestSink<T>(options)
}
