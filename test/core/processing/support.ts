import {Bundle, type BundleParts, SequenceIds} from '../../../lib/core/index.ts'
import {BundleProcessor} from '../../../lib/core/processing/bundle-processor.ts'
import {errorPolicy, type OnError} from '../../../lib/core/processing/elements/error-policy.ts'
import type {ProcessorOptions, UserCode} from '../../../lib/core/processing/elements/user-code.ts'
import type {Host} from '../../../lib/core/processing/ports/host.ts'
import {Outlet} from '../../../lib/core/processing/ports/outlet.ts'
import type {Receiver} from '../../../lib/core/processing/ports/receiver.ts'
import {systemClock} from '../../../lib/core/stage/clock.ts'
import {StageMetrics} from '../../../lib/core/stage/info/metrics.ts'
import {silentLogger} from '../../../lib/core/stage/logger.ts'

/** A receiver that notes what it gets; without room until `open()` when `closed`. */
export class Recorder implements Receiver {
  /** Values of the main output, `tag:value` of tags, `#n` for barriers, `@ms` for watermarks. */
  readonly log: unknown[] = []
  readonly bundles: Bundle<unknown>[] = []
  readonly #tags: readonly string[]
  #closed: boolean
  #waiting: (() => void)[] = []
  #watermark = Number.NEGATIVE_INFINITY

  constructor({tags = [], closed = false}: {tags?: readonly string[]; closed?: boolean} = {}) {
    this.#tags = tags
    this.#closed = closed
  }
  push(tag: string | undefined, bundle: Bundle<unknown>): void {
    if (tag === undefined) this.bundles.push(bundle)
    for (const value of bundle.values) this.log.push(tag === undefined ? value : `${tag}:${value}`)
    if (tag === undefined) this.advance(bundle.watermark)
  }
  hasRoom(): boolean {
    return !this.#closed
  }
  whenRoom(callback: () => void): void {
    this.#waiting.push(callback)
  }
  advance(watermark: number): void {
    if (watermark <= this.#watermark) return
    this.#watermark = watermark
    this.log.push(`@${watermark}`)
  }
  barrier(barrier: number): void {
    this.log.push(`#${barrier}`)
  }
  claims(tag: string): boolean {
    return this.#tags.includes(tag)
  }
  close(): void {
    this.#closed = true
  }
  open(): void {
    this.#closed = false
    for (const callback of this.#waiting.splice(0)) callback()
  }
}

/** What processing needs of a stage, without one. */
export function plainHost(name = 'Step'): Host {
  const calls = {
    settled: 0,
    begin() {},
    end() {
      calls.settled++
    },
    watch: <T>(_name: string, call: Promise<T>) => call,
  }
  return {
    name,
    kind: 'dofn',
    metrics: new StageMetrics(),
    logger: silentLogger,
    log: silentLogger,
    clock: systemClock,
    calls,
    defaultConcurrency: 1,
  }
}

export interface ProcessorSetup extends Partial<Omit<ProcessorOptions, 'policy'>> {
  onError?: OnError | undefined
  tags?: readonly string[]
  closed?: boolean
}

/** A processor of user code with a recorder behind it. */
export function processorOf<I>(code: UserCode<I> | UserCode<I>['process'], setup: ProcessorSetup = {}) {
  const {onError, tags, closed, ...options} = setup
  const receiver = new Recorder({...(tags && {tags}), ...(closed !== undefined && {closed})})
  const host = plainHost()
  const failures: Error[] = []
  const processor = new BundleProcessor<I>(
    typeof code === 'function' ? {process: code} : code,
    host,
    new Outlet(host, receiver),
    {
      kind: 'process',
      concurrency: undefined,
      ordered: true,
      timeout: undefined,
      skew: 0,
      side: undefined,
      stateful: false,
      policy: errorPolicy('Step', onError),
      ...options,
    },
    error => failures.push(error),
  )
  return {processor, receiver, host, failures}
}

/** A chunk with sequence ids. */
export function chunk<T>(values: T[], start = 0, parts: BundleParts = {}): Bundle<T> {
  return new Bundle(values, {ids: new SequenceIds('s', start), ...parts})
}
