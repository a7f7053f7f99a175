import type {StepMetrics} from './step-metrics.ts'

/** How a run stands. */
export type RunState = 'running' | 'done' | 'failed' | 'cancelled'

/** What a run that succeeded resolves to. */
export interface PipelineResult {
  /** Name of the pipeline. */
  readonly name: string
  readonly state: 'done'
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
 * it, and by then every stage is destroyed. A cancelled run rejects with `ERR_SLUICE_CANCELLED`.
 *
 * @example
 * const run = p.run()
 * const shown = setInterval(() => console.error(run.metrics()), 1000)
 * await run.finally(() => clearInterval(shown))
 */
export interface PipelineRun extends Promise<PipelineResult> {
  readonly state: RunState
  /**
   * Stops now: what is under way is aborted, not finished, and the run rejects with `ERR_SLUICE_CANCELLED`. A run that
   * has ended stays as it ended.
   *
   * @param reason becomes the error's `cause`, and part of its message
   * @returns when everything has stopped; it never rejects, and whoever calls it need not handle the run's rejection
   */
  cancel(reason?: unknown): Promise<void>
  /** Counts of every step as they are now; also after the end, and after a failure. */
  metrics(): StepMetrics[]
}

/** What stands behind a {@link PipelineRun}. */
export interface RunControl {
  readonly promise: Promise<PipelineResult>
  readonly state: RunState
  cancel(reason: unknown): void
  metrics(): StepMetrics[]
}

/** Gives a promise the methods of a run; a real promise, so that whatever takes promises takes a run. */
export function pipelineRun(control: RunControl): PipelineRun {
  const {promise} = control
  return Object.defineProperties(promise, {
    state: {get: () => control.state, enumerable: true},
    metrics: {value: () => control.metrics()},
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
  return pipelineRun({promise: Promise.reject(error), state: 'failed', cancel: ignore, metrics: () => []})
}

function ignore(): void {}
