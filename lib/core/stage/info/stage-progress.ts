import type {Readable, Writable} from 'node:stream'
import type {SluiceError} from '../../../errors/index.ts'
import {formatDuration} from '../../../util/index.ts'
import {DEFAULTS} from '../defaults.ts'
import type {InProgress} from '../in-progress.ts'
import type {Logger} from '../logger.ts'
import type {StageMetrics} from './metrics.ts'
import type {OpenCalls} from './open-calls.ts'

/** The stage that makes progress, as far as {@link StageProgress} looks at it. */
interface Stage {
  readonly kind: 'source' | 'dofn' | 'sink'
  readonly name: string
  readonly stream: Readable | Writable
  readonly applied: boolean
  readonly log: Logger
  readonly metrics: StageMetrics
  readonly calls: OpenCalls
  readonly waiting: boolean
  readonly waitingForSide: boolean
}

/** Whether a stage makes progress, and what it waits for: so that the process does not exit silently before it. */
export class StageProgress implements InProgress {
  readonly #stage: Stage
  /** Calls that had settled at the last look for slow ones; NaN once they were reported. */
  #settled = -1

  constructor(stage: Stage) {
    this.#stage = stage
  }

  get kind(): 'source' | 'dofn' | 'sink' {
    return this.#stage.kind
  }

  get name(): string {
    return this.#stage.name
  }

  get progress(): number {
    const {calls, metrics} = this.#stage
    return calls.settled + metrics.bundles + metrics.in + metrics.out
  }

  /** Without room in an output, calls stay open that wait for that room only: it is the reader who must go on. */
  get waitsFor(): string | undefined {
    if (this.#stage.waiting) return undefined
    const {names} = this.#stage.calls
    return names.length === 0 ? undefined : `${names.join(' and ')} ${names.length === 1 ? 'has' : 'have'} not settled`
  }

  get unfinishedText(): string {
    const {name, metrics, waiting, waitingForSide} = this.#stage
    const why = this.waitsFor ?? (waitingForSide ? 'its side inputs are not there' : undefined)
    const reason = why ?? (waiting ? 'its output is not read' : 'its input has not ended')
    return `${name} has finished: ${reason} (${metrics.in} elements in, ${metrics.out} out)`
  }

  fail(error: SluiceError): void {
    const {applied, log, name, stream} = this.#stage
    // if nothing awaits the stage any more, log a line instead of raising an uncaught exception
    if (!applied) log.error(error.message, {stage: name})
    stream.on('error', () => {})
    stream.destroy(error)
  }

  /** Reports, once a stage, calls of a DoFn of which none has settled since the last look; sources and sinks wait by nature. */
  reportSlow(): void {
    const {kind, calls, name, log} = this.#stage
    const {waitsFor} = this
    if (kind === 'dofn' && waitsFor !== undefined && calls.settled === this.#settled) {
      this.#settled = Number.NaN
      const waitedMs = DEFAULTS.standstill
      log.warn(`${name}: ${waitsFor} for ${formatDuration(waitedMs)}; give the option \`timeout\` if a call may hang`, {
        stage: name,
        waitedMs,
      })
    } else if (!Number.isNaN(this.#settled)) this.#settled = waitsFor === undefined ? -1 : calls.settled
  }
}
