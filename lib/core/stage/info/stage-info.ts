import type {Readable, Writable} from 'node:stream'
import type {Clock} from '../clock.ts'
import type {Finding} from '../finding.ts'
import {type Logger, steadyLogger} from '../logger.ts'
import type {Resource} from '../resource.ts'
import {descriptorOf, type StageDescriptor, type Target} from './descriptor.ts'
import {HeldBundles} from './held-bundles.ts'
import {StageMetrics} from './metrics.ts'
import {OpenCalls} from './open-calls.ts'
import {type SideEnds, StageLinks} from './stage-links.ts'
import {StageName} from './stage-name.ts'
import {StageProgress} from './stage-progress.ts'
import {StageSettings} from './stage-settings.ts'
import {StageState} from './stage-state.ts'

/** What a stage's constructor tells of it. */
export interface StageParts {
  readonly options?: {readonly name?: string | undefined; readonly logger?: Logger | undefined} | undefined
  /** The name of its class, for a stage that has no other. */
  readonly className: string
  readonly descriptor?: StageDescriptor | undefined
  /** The stage that a tagged output belongs to. */
  readonly owner?: StageInfo | undefined
}

/**
 * What is known of a stage: its name, what it declares, its links and its counts. One a stage, read-only; stages of every copy of
 * the package find each other's by the brand.
 */
export class StageInfo {
  readonly kind: 'source' | 'dofn' | 'sink'
  readonly stream: Readable | Writable
  readonly metrics: StageMetrics = new StageMetrics()
  /** @internal */
  readonly descriptor: StageDescriptor
  /** @internal */
  readonly identity: StageName
  /** @internal */
  readonly links: StageLinks<StageInfo>
  /** @internal */
  readonly settings: StageSettings
  /** @internal */
  readonly state: StageState = new StageState()
  /** @internal What it answers for: leases of what it was given and of what it has made. */
  readonly held: HeldBundles = new HeldBundles()
  /** @internal Calls of user code that are not settled. */
  readonly calls: OpenCalls
  /** @internal */
  readonly progress: StageProgress = new StageProgress(this)
  readonly #made: {stack?: string} = {}

  /** @internal */
  constructor(stream: Readable | Writable, kind: 'source' | 'dofn' | 'sink', parts: StageParts) {
    this.stream = stream
    this.kind = kind
    this.descriptor = descriptorOf(parts.descriptor)
    const {defaultName, endsSideInput = false} = this.descriptor
    const {name, logger} = parts.options ?? {}
    this.identity = new StageName(name ?? (defaultName || parts.className), name !== undefined)
    this.links = new StageLinks(parts.owner, endsSideInput)
    this.settings = new StageSettings(logger)
    this.calls = new OpenCalls(this.progress)
    // the stack is formatted only when somebody asks for it
    Error.captureStackTrace(this.#made)
    Object.freeze(this)
  }

  /** Step name in a Pipeline; else the option `name`, the class or function name. */
  get name(): string {
    return this.descriptor.derivedName?.() ?? this.identity.text
  }

  /** @internal True when the user (or a Pipeline) chose the name. */
  get named(): boolean {
    return this.identity.chosen
  }

  /** @internal True once the stage is a step of a Pipeline. */
  get applied(): boolean {
    return this.identity.applied
  }

  /** Stages that feed this one, also through one foreign stream. */
  get upstream(): ReadonlySet<StageInfo> {
    return this.links.upstream
  }

  /** Stages that this one feeds, in order of connection, also through one foreign stream. */
  get downstream(): ReadonlySet<StageInfo> {
    return this.links.downstream
  }

  /** @internal Foreign streams that this stage is piped into now. */
  get foreign(): ReadonlySet<Writable> {
    return this.links.foreign
  }

  /** @internal Foreign streams that were piped into this stage and are open. */
  get foreignSources(): ReadonlySet<Readable> {
    return this.links.foreignSources
  }

  /** The stage that a tagged output belongs to. */
  get owner(): StageInfo | undefined {
    return this.links.owner
  }

  /** @internal The side inputs of a DoFn that has some. */
  get sides(): SideEnds<StageInfo> | undefined {
    return this.links.sides
  }

  /** @internal The stages that look at the side input that ends in this one. */
  get sideOf(): ReadonlySet<StageInfo> | undefined {
    return this.links.viewers
  }

  get clock(): Clock {
    return this.settings.clock
  }

  /** The logger that the stage was given, for user code. */
  get logger(): Logger {
    return this.settings.logger
  }

  /** @internal The logger as stages use it: whatever it was given, it never throws. */
  get log(): Logger {
    return steadyLogger(this.logger)
  }

  /** @internal Asynchronous calls in flight of a DoFn that was given no `concurrency`. */
  get defaultConcurrency(): number {
    return this.settings.concurrency
  }

  /** The watermark of what a source or DoFn has handed on, ms. */
  get watermark(): number {
    return this.state.watermark
  }

  /** True while values wait for room in an output of this stage. */
  get waiting(): boolean {
    return this.state.waiting
  }

  /** @internal True while elements wait for side inputs of this stage. */
  get waitingForSide(): boolean {
    return this.state.waitingForSide
  }

  /** What a DoFn does with an element that fails; of other kinds always 'fail'. */
  get onError(): 'fail' | 'nack' | 'dead-letter' {
    return this.descriptor.onError ?? 'fail'
  }

  /** @internal True for a buffer that takes everything while the next stage waits for its side inputs. */
  get buffers(): boolean {
    return this.descriptor.buffers ?? false
  }

  /** True for a source whose elements carry leases. */
  get leased(): boolean {
    const {leased} = this.descriptor
    return typeof leased === 'function' ? leased() : (leased ?? false)
  }

  /** True for a source that goes on until it is stopped. */
  get unbounded(): boolean {
    return this.descriptor.unbounded ?? false
  }

  /** @internal True for a source whose leases are for the checkpoint of the run, not for messages. */
  get checkpointed(): boolean {
    return this.descriptor.checkpointed?.() ?? false
  }

  /** Longest time that a sink keeps a value before it sends it, ms. */
  get maxDelay(): number | undefined {
    return this.descriptor.maxDelay
  }

  /** The service that a connector talks to. */
  get target(): (() => Target | undefined) | undefined {
    return this.descriptor.target
  }

  /** @internal True when the stage, or its whole run, may mix emulators and Google Cloud. */
  get allowMixedTargets(): boolean {
    return this.settings.allowMixedTargets || (this.descriptor.allowMixedTargets ?? false)
  }

  /** What a connector reports at this moment: `outstanding`, `backlog`, `oldestUnackedMs`; shown with what it counts. */
  get observe(): (() => Record<string, number>) | undefined {
    return this.descriptor.observe
  }

  /** The column names of the rows that the stage emits, in order, where it knows them better than the rows do. */
  get columns(): (() => readonly string[] | undefined) | undefined {
    return this.descriptor.columns
  }

  /** The names of the files that a sink has written, empty until they are final; undefined for a stage that writes none. */
  get written(): (() => readonly string[]) | undefined {
    return this.descriptor.written
  }

  /** @internal Elements that are counted as taken in and still worked on. */
  get unfinished(): (() => number) | undefined {
    return this.descriptor.unfinished
  }

  /** Checks before a run that what the stage needs is there; undefined for a stage that needs nothing. */
  get check(): ((signal: AbortSignal) => Promise<Finding[]>) | undefined {
    return this.descriptor.check
  }

  /** @internal True for a DoFn whose calls run no code that an element could make fail. */
  get total(): boolean {
    return this.descriptor.total ?? false
  }

  /** Resources on Google Cloud that the stage names and does not create itself. */
  get resources(): (() => readonly Resource[]) | undefined {
    return this.descriptor.resources
  }

  /** @internal Most elements that the stage gathers before it hands them on; undefined once somebody was warned of it. */
  get gathers(): number | undefined {
    return this.state.gatheringNoted ? undefined : this.descriptor.gathers
  }

  /** @internal Most messages that a source has outstanding at once. */
  get maxOutstanding(): number | undefined {
    return this.descriptor.maxOutstanding
  }

  /** @internal The stack of where the stage was made: a thrown value that is not an Error has none of its own. */
  get madeAt(): string {
    return this.#made.stack ?? ''
  }
}
