import {type DrainOptions, drainDeadline} from '../../core/index.ts'
import type {StepMetrics} from '../metrics/step-metrics.ts'

/** State of a run: 'draining' from {@link PipelineRun.drain} until it ends. */
export type RunState = 'running' | 'draining' | 'done' | 'failed' | 'cancelled'

/** What a successful run resolves to. */
export interface PipelineResult {
  /** Name of the pipeline. */
  readonly name: string
  readonly state: 'done'
  /** True when the run was drained: its sources were told to end, and what they had handed on is committed. */
  readonly drained: boolean
  /** One entry a step, in the order of `apply`; then the stages inside steps, such as the dead-letter sink of a sink. */
  readonly steps: readonly StepMetrics[]
  readonly startedAt: Date
  readonly durationMs: number
  /** A table for people: what each step took in and gave, what failed, how long it worked, and what to look at. */
  summary(): string
}

/**
 * A run: a promise with methods. It resolves when every sink has committed everything.
 *
 * It rejects with the first cause as a SluiceError that names the stage, never with the premature closes that follow
 * it, and by then every stage is destroyed. A cancelled run rejects with `ERR_SLUICE_CANCELLED`, one that could not be
 * drained in time with `ERR_SLUICE_DRAIN`.
 *
 * @example
 * const p = new Pipeline({name: 'orders'})
 * p.apply(readFromCsv('orders.csv')).apply(writeToBigQuery({table: 'shop.orders'}))
 * const run = p.run()
 * const shown = setInterval(() => console.error(run.metrics()), 1000)
 * await run.finally(() => clearInterval(shown))
 */
export interface PipelineRun extends Promise<PipelineResult> {
  readonly state: RunState
  /**
   * Stops reading and finishes what was read: every source ends as if its input ended here, what is in flight reaches the
   * sinks, they commit, and messages are acknowledged; messages that no stage has started on are given back. The run then
   * resolves, with `drained: true`.
   *
   * It settles by the deadline whatever stages do: then everything is destroyed, messages that are not acknowledged are
   * given back, and the run rejects with `ERR_SLUICE_DRAIN`, which says what was still in flight. A second call can only
   * bring the deadline forward; `cancel()` ends a drain too. A run that has ended, or was cancelled, stays as it is.
   *
   * @param options `deadline`: how long it may take; default 8 s
   * @returns when the run has settled; it never rejects, and whoever calls it need not handle the run's rejection
   * @throws {SluiceError} `ERR_SLUICE_OPTION`, at the call
   *
   * @example
   * const p = new Pipeline({name: 'messages'})
   * p.apply(readFromPubSub({subscription: 'my-subscription'})).apply(discard())
   * const run = p.run()
   * process.once('SIGTERM', () => run.drain({deadline: '8s'}))
   * const {drained} = await run
   */
  drain(options?: DrainOptions): Promise<void>
  /**
   * Stops now: what is under way is aborted, not finished, and the run rejects with `ERR_SLUICE_CANCELLED`. Messages that
   * are not committed are given back. A run that has ended stays as it ended.
   *
   * @param reason becomes the error's `cause`, and part of its message
   * @returns when everything has stopped; it never rejects, and whoever calls it need not handle the run's rejection
   */
  cancel(reason?: unknown): Promise<void>
  /**
   * The present state of every step: counts, elements per second, watermark and lag, and what its connector reports, such as
   * `extra.outstanding` and `extra.oldestUnackedMs` of a source of messages. Also after the end, and after a failure.
   */
  metrics(): StepMetrics[]
}

/** What implements a {@link PipelineRun}. */
export interface RunControl {
  readonly promise: Promise<PipelineResult>
  readonly state: RunState
  /** Checks the options at once. */
  drain(options: DrainOptions | undefined): void
  cancel(reason: unknown): void
  metrics(): StepMetrics[]
}

/** Gives a promise the methods of a run; a real promise, so that whatever takes promises takes a run. */
export function pipelineRun(control: RunControl): PipelineRun {
  const {promise} = control
  return Object.defineProperties(promise, {
    state: {get: () => control.state, enumerable: true},
    metrics: {value: () => control.metrics()},
    drain: {
      value: (options?: DrainOptions) => {
        control.drain(options)
        return promise.then(ignore, ignore)
      },
    },
    cancel: {
      value: async (reason?: unknown) => {
        const ended = promise.then(ignore, ignore)
        control.cancel(reason)
        await ended
      },
    },
  }) as PipelineRun
}

/** A run that was refused before anything was read. */
export function refusedRun(error: unknown): PipelineRun {
  const promise = Promise.reject(error)
  const drain = (options?: DrainOptions) => void drainDeadline('run', options)
  return pipelineRun({promise, state: 'failed', drain, cancel: ignore, metrics: () => []})
}

function ignore(): void {}
