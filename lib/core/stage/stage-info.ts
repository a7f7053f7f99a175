import type {Readable, Writable} from 'node:stream'
import type {SluiceError} from '../../errors/index.ts'
import {formatDuration} from '../../util/index.ts'
import {type Clock, systemClock} from './clock.ts'
import {DEFAULTS} from './defaults.ts'
import type {Finding} from './finding.ts'
import {HeldBundles} from './held-bundles.ts'
import type {InProgress} from './in-progress.ts'
import {type Logger, stderrLogger, steadyLogger} from './logger.ts'
import {StageMetrics} from './metrics.ts'
import {OpenCalls} from './open-calls.ts'
import type {Resource} from './resource.ts'
import type {Sides} from './side-port.ts'

/** Which service a connector talks to, and whether that is an emulator: what the mixed-targets check compares. */
export interface Target {
  /** `storage`, `bigquery`, `pubsub`. */
  service: string
  /** The emulator variable that decides, for example `BIGQUERY_EMULATOR_HOST`. */
  variable: string
  /** True when the connector talks to an emulator. */
  local: boolean
  /** True when a ready client was given: then no variable decides, and the check leaves it alone. */
  explicit: boolean
}

/** What stages know of each other: name, links, counts. One a stage, reachable by the brand over copies of the package. */
export class StageInfo implements InProgress {
  /** Step name in a Pipeline; else the `name` option, the class or function name. */
  name: string
  /** True when the user (or a Pipeline) chose the name. */
  named: boolean
  readonly kind: 'source' | 'dofn' | 'sink'
  readonly stream: Readable | Writable
  /** Stages that feed this one, also through one foreign stream. */
  readonly upstream = new Set<StageInfo>()
  /** Stages that this one feeds, in order of connection, also through one foreign stream. */
  readonly downstream = new Set<StageInfo>()
  /** Foreign streams that this stage is connected to right now. */
  readonly foreign = new Set<Writable>()
  /** Foreign streams that were piped into this stage and are open. */
  readonly foreignSources = new Set<Readable>()
  readonly metrics = new StageMetrics()
  /** What it answers for: leases of what it was given and of what it has made. */
  readonly held = new HeldBundles()
  /** Calls of user code that are not settled. */
  readonly calls = new OpenCalls(this)
  /** What had settled when slow calls were last looked for; NaN once they were told. */
  #settled = -1
  /** The logger that it was given, for user code. */
  logger: Logger = stderrLogger
  clock: Clock = systemClock
  /** What a DoFn does with an element that fails; of other kinds always 'fail'. */
  onError: 'fail' | 'nack' | 'dead-letter' = 'fail'
  /** The watermark of what a source or DoFn has handed on, ms. */
  watermark = Number.NEGATIVE_INFINITY
  /** The side inputs of a DoFn that has some. */
  sides: Sides<StageInfo> | undefined
  /** The end of a side input has this: the stages that look at it. No downstream of elements, but they wait for it. */
  sideOf: Set<StageInfo> | undefined
  /** True for a buffer that takes everything while the stage behind it waits for its side inputs. */
  buffers = false
  /** True for a source whose elements carry leases. */
  leased = false
  /** True for a source that goes on until it is stopped. */
  unbounded = false
  /** True for a source whose leases are for the checkpoint of the run, not for messages. */
  checkpointed = false
  /** How long a sink may keep a value before it sends it, ms. */
  maxDelay: number | undefined
  /** The stage that owns this output, for tagged outputs. */
  owner: StageInfo | undefined
  /** What the connector talks to; evaluated when a chain from source to sink is complete. */
  target: (() => Target) | undefined
  /** The `allowMixedTargets` option. */
  allowMixedTargets = false
  /**
   * What a connector tells of itself at the moment it is asked (`outstanding`, `backlog`, `oldestUnackedMs`): cheap, called
   * whenever metrics are read; shown with what it counts.
   */
  observe: (() => Record<string, number>) | undefined
  /** The names of the columns of the rows that it hands on, in order, of a stage that knows them better than the rows do. */
  columns: (() => readonly string[] | undefined) | undefined
  /** The names that a sink has written, of one that makes files; empty until they are final. */
  written: (() => readonly string[]) | undefined
  /** Asynchronous calls in flight of a DoFn that was given no `concurrency`; a Pipeline may set another before it runs. */
  defaultConcurrency: number = DEFAULTS.concurrency
  /** Elements that are counted as taken in and still worked on: what a drain must wait for. */
  unfinished: (() => number) | undefined
  /**
   * Looks, before a run, whether what the stage needs is there: permissions, names, schemas. Reads and writes no data; what
   * is wrong is a finding, not an error.
   */
  check: ((signal: AbortSignal) => Promise<Finding[]>) | undefined
  /** True for a DoFn whose calls run no code that an element could make fail. */
  total = false
  /** Elements that the stage gathers before it hands them on, at most; undefined once somebody was warned of it. */
  gathers: number | undefined
  /** Of a source of messages: how many may be out at once. */
  maxOutstanding: number | undefined
  /** What the stage names on Google Cloud and does not make itself. */
  resources: (() => readonly Resource[]) | undefined
  /** True while values wait for room in an output of this stage. */
  waiting = false
  /** True while elements wait for side inputs of this stage. */
  waitingForSide = false
  /** Set when it has an input, or its first element. */
  inProgress = false
  /** Set once the stage belongs to a Pipeline graph. */
  applied = false
  readonly #made: {stack?: string} = {}

  get progress(): number {
    return this.calls.settled + this.metrics.bundles + this.metrics.in + this.metrics.out
  }

  /** Without room in an output, calls stay open that wait for that room only: it is the reader who must go on. */
  get waitsFor(): string | undefined {
    if (this.waiting) return undefined
    const {names} = this.calls
    return names.length === 0 ? undefined : `${names.join(' and ')} ${names.length === 1 ? 'has' : 'have'} not settled`
  }

  get unfinishedText(): string {
    const why = this.waitsFor ?? (this.waitingForSide ? 'its side inputs are not there' : undefined)
    const reason = why ?? (this.waiting ? 'its output is not read' : 'its input has not ended')
    return `${this.name} is through: ${reason} (${this.metrics.in} elements in, ${this.metrics.out} out)`
  }

  fail(error: SluiceError): void {
    // perhaps nobody waits for the stage any more: then this is a line in the log, not an uncaught exception
    if (!this.applied) this.log.error(error.message, {stage: this.name})
    this.stream.on('error', () => {})
    this.stream.destroy(error)
  }

  /** Calls on a DoFn of which none has settled since this was last called, once a stage; sources and sinks wait by nature. */
  reportSlow(): void {
    const {waitsFor, calls} = this
    if (this.kind === 'dofn' && waitsFor !== undefined && calls.settled === this.#settled) {
      this.#settled = Number.NaN
      const waitedMs = DEFAULTS.standstill
      this.log.warn(
        `${this.name}: ${waitsFor} for ${formatDuration(waitedMs)}; give the option \`timeout\` if a call may hang`,
        {stage: this.name, waitedMs},
      )
    } else if (!Number.isNaN(this.#settled)) this.#settled = waitsFor === undefined ? -1 : calls.settled
  }

  /** The logger as stages use it: whatever it was given, it never throws. */
  get log(): Logger {
    return steadyLogger(this.logger)
  }

  constructor(stream: Readable | Writable, kind: 'source' | 'dofn' | 'sink', name: string, named: boolean) {
    this.stream = stream
    this.kind = kind
    this.name = name
    this.named = named
    // put into words only when somebody asks
    Error.captureStackTrace(this.#made)
  }

  /** @internal The stack of where the stage was made: what is thrown and is no Error has none of its own. */
  get madeAt(): string {
    return this.#made.stack ?? ''
  }
}
