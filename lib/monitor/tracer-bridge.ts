import type {Span, Tracer} from '@opentelemetry/api'
import {stepMetrics} from '../pipeline/index.ts'
import type {OpenTelemetryApi} from './load-open-telemetry.ts'
import {stageLabels} from './readings.ts'
import {type Outcome, Watch, type WatchedRun, type WatchedStage} from './watch.ts'

/** Reports runs and stages to a tracer: a span for each run, and below it one for each stage that got an element. */
export class TracerBridge {
  readonly #api: OpenTelemetryApi
  readonly #tracer: Tracer
  readonly #watch: Watch
  readonly #runs = new Map<WatchedRun, Span>()
  readonly #stages = new Map<WatchedStage, Span>()

  constructor(api: OpenTelemetryApi, tracer: Tracer) {
    this.#api = api
    this.#tracer = tracer
    this.#watch = new Watch({
      runStarted: run => this.#startRun(run),
      runEnded: (run, outcome) => this.#endRun(run, outcome),
      stageStarted: stage => this.#startStage(stage),
      stageClosed: stage => this.#endStage(stage),
    })
  }

  stop(): void {
    this.#watch.stop()
    for (const span of [...this.#stages.values(), ...this.#runs.values()]) span.end()
    this.#stages.clear()
    this.#runs.clear()
  }

  #startRun(run: WatchedRun): void {
    const {pipeline} = run
    const attributes = pipeline === undefined ? {} : {'sluice.pipeline': pipeline}
    // a child of whatever is active here
    this.#runs.set(run, this.#tracer.startSpan(`run ${pipeline ?? 'pipeline'}`, {attributes}))
  }

  #endRun(run: WatchedRun, outcome: Outcome): void {
    const span = this.#runs.get(run)
    if (!span) return
    this.#runs.delete(run)
    span.setAttribute('sluice.state', outcome)
    if (outcome === 'failed') this.#fail(span, run.error)
    span.end()
  }

  #startStage(stage: WatchedStage): void {
    const {context, trace} = this.#api
    const run = this.#runs.get(stage.run)
    const parent = run ? trace.setSpan(context.active(), run) : context.active()
    const attributes = Object.fromEntries(
      Object.entries(stageLabels(stage)).map(([label, text]) => [`sluice.${label}`, text]),
    )
    this.#stages.set(stage, this.#tracer.startSpan(stage.name, {attributes}, parent))
  }

  #endStage(stage: WatchedStage): void {
    const span = this.#stages.get(stage)
    if (!span) return
    this.#stages.delete(stage)
    const {name, info} = stage
    const {kind, in: taken, out, failed} = stepMetrics(info, {name})
    span.setAttributes({
      ...(kind !== 'source' && {'sluice.elements.in': taken}),
      ...(kind !== 'sink' && {'sluice.elements.out': out}),
      'sluice.elements.failed': failed,
    })
    // the error of one stage ends them all; it is recorded where it began
    const {code, stage: origin} = (info.stream.errored ?? {}) as {code?: unknown; stage?: unknown}
    if (origin === info.name && code !== 'ERR_SLUICE_CANCELLED') this.#fail(span, info.stream.errored)
    span.end()
  }

  #fail(span: Span, error: unknown): void {
    const {message} = error as Error
    span.recordException(error as Error)
    span.setStatus({code: this.#api.SpanStatusCode.ERROR, message})
  }
}
