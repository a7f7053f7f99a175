import {Writable} from 'node:stream'
import {setImmediate as nextRound} from 'node:timers/promises'
import {
  Bundle,
  type BundleParts,
  CALL_KIND,
  type CallKind,
  type DescriptorParts,
  DoFn,
  type DoFnOptions,
  type ProcessContext,
  SequenceIds,
  Sink,
  Source,
  type StageContext,
  type StageOptions,
  stageDescriptor,
} from '../../lib/core/index.ts'
import {afterThisTest} from '../support/after-each.ts'
import {TestLease} from './fakes.ts'

export {until} from '../support/until.ts'

/** `[from, from + 1, …]`, `count` numbers. */
export function numbers(count: number, from = 0): number[] {
  return Array.from({length: count}, (_, k) => from + k)
}

/** A bundle with sequence ids under the prefix `s`. */
export function withIds<T>(values: T[], start = 0, parts: BundleParts = {}): Bundle<T> {
  return new Bundle(values, {ids: new SequenceIds('s', start), ...parts})
}

/** Lets everything that is ready run: some rounds of the event loop. */
export async function settle(rounds = 5): Promise<void> {
  for (let i = 0; i < rounds; i++) await nextRound()
}

/** The error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  throw new Error('it resolved')
}

/** A source of given bundles; says how much it has handed out. */
export class TestSource<O> extends Source<O> {
  readonly #given: Iterable<Bundle<O> | O[]> | AsyncIterable<Bundle<O> | O[]>
  /** Values asked from it. */
  pulled = 0
  constructor(
    bundles: Iterable<Bundle<O> | O[]> | AsyncIterable<Bundle<O> | O[]>,
    options?: StageOptions,
    parts: DescriptorParts = {},
  ) {
    super(options, stageDescriptor(parts))
    this.#given = bundles
  }
  override async *bundles(): AsyncGenerator<Bundle<O> | O[]> {
    for await (const bundle of this.#given) {
      this.pulled += 'values' in bundle && !Array.isArray(bundle) ? bundle.values.length : (bundle as O[]).length
      yield bundle
    }
  }
}

/** A source of `count` numbers with ids, `size` a bundle. */
export function numberSource(
  count: number,
  size = 1000,
  options?: StageOptions,
  parts?: DescriptorParts,
): TestSource<number> {
  return new TestSource<number>(numberBundles(count, size), options, parts)
}

function* numberBundles(count: number, size: number): Generator<Bundle<number>> {
  for (let at = 0; at < count; at += size) yield withIds(numbers(Math.min(size, count - at), at), at)
}

/** A source that gives what is pushed by hand: `give` a bundle, then `end`. */
export class ManualSource<O> extends Source<O> {
  #queue: (Bundle<O> | O[])[] = []
  #ended = false
  #wake: (() => void) | undefined
  give(bundle: Bundle<O> | O[]): this {
    this.#queue.push(bundle)
    this.#wake?.()
    return this
  }
  finish(): void {
    this.#ended = true
    this.#wake?.()
  }
  override async *bundles(): AsyncGenerator<Bundle<O> | O[]> {
    for (;;) {
      const next = this.#queue.shift()
      if (next) yield next
      else if (this.#ended) return
      else
        await new Promise<void>(resolve => {
          this.#wake = resolve
          afterThisTest(() => this.finish())
        })
    }
  }
}

/** A source whose elements carry leases. */
export class LeasedSource extends TestSource<number> {
  readonly leases: TestLease[]
  constructor(count: number, size = 1000, options?: StageOptions, leased = true) {
    const leases = numbers(count).map(id => new TestLease(id))
    super(leasedBundles(leases, size), options, {leased})
    this.leases = leases
  }
  /** Ids of the leases that were acknowledged. */
  get acked(): number[] {
    return this.leases.filter(l => l.acked).map(l => l.id)
  }
}

function* leasedBundles(leases: TestLease[], size: number): Generator<Bundle<number>> {
  for (let at = 0; at < leases.length; at += size) {
    const part = leases.slice(at, at + size)
    yield withIds(
      part.map(l => l.id),
      at,
      {leases: part},
    )
  }
}

/** A sink that keeps what it gets; with `stall` it takes nothing until `go()`. */
export class TestSink<I> extends Sink<I> {
  readonly values: I[] = []
  readonly ids: (string | undefined)[] = []
  readonly sizes: number[] = []
  readonly watermarks: number[] = []
  readonly timestamps: (number | undefined)[] = []
  readonly got: Bundle<I>[] = []
  /** Release leases as soon as they come. */
  readonly #release: boolean
  #gate: Promise<void> | undefined
  go: () => void = () => {}

  constructor(
    {stall = false, release = true, ...options}: StageOptions & {stall?: boolean; release?: boolean} = {},
    parts: DescriptorParts = {},
  ) {
    super(options, stageDescriptor(parts))
    this.#release = release
    if (stall) this.stall()
  }
  stall(): void {
    this.#gate = new Promise(resolve => {
      this.go = () => {
        this.#gate = undefined
        resolve()
      }
    })
    afterThisTest(() => this.go())
  }
  protected override get ownsLeases(): boolean {
    return true
  }
  override writeBundle(bundle: Bundle<I>): Promise<void> | void {
    this.got.push(bundle)
    this.watermarks.push(bundle.watermark)
    if (bundle.values.length > 0) this.sizes.push(bundle.values.length)
    for (const [i, value] of bundle.values.entries()) {
      this.values.push(value)
      this.ids.push(bundle.ids && `${bundle.ids.prefix}:${bundle.ids.at(i)}`)
      this.timestamps.push(bundle.timestamps?.[i])
    }
    if (this.#release) this.releaseAll()
    return this.#gate
  }
  releaseAll(): void {
    for (const bundle of this.got.splice(0)) for (const lease of bundle.leases ?? []) lease.release()
  }
  override commit(): void {}
}

/** A Writable that is not ours: keeps every chunk as it came. */
export function plain(chunks: unknown[]): Writable {
  return new Writable({
    objectMode: true,
    highWaterMark: 7,
    write(chunk, _encoding, done) {
      chunks.push(chunk)
      setImmediate(done)
    },
  })
}

/** A sink whose disk is full. */
export class FailingSink extends TestSink<number> {
  readonly #when: 'write' | 'commit'
  constructor(when: 'write' | 'commit') {
    super()
    this.#when = when
  }
  override writeBundle(): void {
    if (this.#when === 'write') throw new Error('disk full')
  }
  override commit(): void {
    throw new Error('disk full')
  }
}

/** What a DoFn of a test does. */
export interface Code<I, O> {
  process(element: I, context: ProcessContext<Record<string, unknown>>): unknown
  setup?(context: StageContext): unknown
  startBundle?(context: StageContext): unknown
  finishBundle?(context: StageContext<Record<string, unknown>>): Iterable<O> | Promise<Iterable<O>> | unknown
  teardown?(): unknown
}

/** A DoFn out of functions; `kind` says how results of `process` are taken. */
export function doFn<I = number, O = number>(
  code: Code<I, O> | Code<I, O>['process'],
  options?: DoFnOptions<Record<string, unknown>>,
  kind: CallKind = 'process',
): DoFn<I, O, Record<string, unknown>> {
  class TestFn extends DoFn<I, O, Record<string, unknown>> {
    override process(): never {
      throw new Error('replaced')
    }
    override get [CALL_KIND](): CallKind {
      return kind
    }
  }
  return Object.assign(new TestFn(options), typeof code === 'function' ? {process: code} : code)
}
