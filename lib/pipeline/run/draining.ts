import {
  type DrainOptions,
  downstreamOf,
  drainDeadline,
  drainError,
  type StageInfo,
  type Timer,
} from '../../core/index.ts'
import type {SluiceError} from '../../errors/index.ts'
import type {StepMetrics} from '../metrics/step-metrics.ts'
import {waitingFor} from '../metrics/waiting.ts'

/** The part of a stage that matters here: sources drain, a flatten of foreign streams can end early. */
interface Stoppable {
  drain?(options: DrainOptions): Promise<void>
  endEarly?(): void
}

/** A drain that is under way: its deadline, which a second drain can only bring forward. */
export class Draining {
  readonly #clock: StageInfo['clock']
  readonly #late: (deadline: number) => void
  #by = Number.POSITIVE_INFINITY
  #deadline = 0
  #timer: Timer | undefined

  constructor(clock: StageInfo['clock'], late: (deadline: number) => void) {
    this.#clock = clock
    this.#late = late
  }

  /** Sets the deadline, and tells every source among `stages` to stop. */
  begin(stages: Iterable<StageInfo>, deadline: number): void {
    const by = this.#clock.now() + deadline
    if (by >= this.#by) return
    this.#by = by
    this.#deadline = deadline
    this.#timer?.cancel()
    // set before those of the sources, since the run's error says more
    this.#timer = this.#clock.setTimeout(() => this.expire(), deadline, true)
    for (const info of stages) {
      // cut short, a side input would be wrong; it has an end of its own
      if (feedsSide(info)) continue
      const stage = info.stream as Stoppable
      // not awaited: it never rejects, and the run waits for its own end
      if (stage.drain) void stage.drain({deadline})
      else stage.endEarly?.()
    }
  }

  /** Called at the deadline. */
  expire(): void {
    this.#timer?.cancel()
    this.#late(this.#deadline)
  }

  stop(): void {
    this.#timer?.cancel()
  }
}

function feedsSide(info: StageInfo): boolean {
  for (const {sideOf} of downstreamOf(info)) if (sideOf) return true
  return false
}

/** Checks the options of `run.drain()`; milliseconds. */
export function runDrainDeadline(pipeline: string, options: DrainOptions | undefined): number {
  return drainDeadline(`the run of pipeline '${pipeline}'`, options)
}

/** The error of a run that did not drain in time: what was still in flight, step by step. */
export function runDrainError(
  pipeline: string,
  deadline: number,
  steps: readonly [StepMetrics, StageInfo][],
): SluiceError {
  const left = steps.flatMap(([step, info]) => leftIn(step, info))
  const inFlight = left.length > 0 ? `. Still in flight: ${left.join('; ')}` : ''
  return drainError(`the run of pipeline '${pipeline}'`, deadline, inFlight)
}

function leftIn({name, kind, extra}: StepMetrics, info: StageInfo): string[] {
  const left: string[] = []
  if (kind === 'source') {
    const count = extra['outstanding'] ?? 0
    if (count > 0) left.push(`${count} of ${name} not acknowledged (given back)`)
    return left
  }
  const waiting = waitingFor(info)
  if (waiting > 0) left.push(`${waiting} waiting for ${name} or in it`)
  const cells = extra['openCells'] ?? 0
  if (cells > 0) left.push(`${cells} groups in open windows of ${name} not emitted (lost: what was emitted stays)`)
  const uncommitted =
    kind === 'sink' && extra['rows'] !== undefined ? info.metrics.in - extra['rows'] - (extra['rejected'] ?? 0) : 0
  if (uncommitted > 0) left.push(`${uncommitted} in ${name} not committed`)
  return left
}
