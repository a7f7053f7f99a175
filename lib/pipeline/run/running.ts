import {finished, type Readable, type Writable} from 'node:stream'
import {
  channels,
  connectedWith,
  type DrainOptions,
  inProgress,
  pin,
  type RunInfo,
  type RunMessage,
  type StageInfo,
  systemClock,
} from '../../core/index.ts'
import {forgetElements, messageOf, SluiceError} from '../../errors/index.ts'
import {deferred, onAbort} from '../../util/index.ts'
import type {PipelineGraph, StepNode} from '../graph/graph.ts'
import {type StepMetrics, stepMetrics} from '../metrics/step-metrics.ts'
import {summaryText} from '../metrics/summary-text.ts'
import {Throughput} from '../metrics/throughput.ts'
import {Draining, runDrainDeadline, runDrainError} from './draining.ts'
import {causeOf, failureOf, isPrematureClose} from './first-cause.ts'
import type {PipelineResult, RunControl, RunState} from './pipeline-run.ts'
import type {RunCheckpoint} from './run-checkpoint.ts'
import {RunInProgress} from './run-in-progress.ts'
import type {Unread} from './unread.ts'
import {connectSteps, type InnerStage, innerStages} from './wiring.ts'

/** How long a failed run waits for its stages to close, ms: it must reject within a second whatever they do. */
const CLOSING_GRACE = 500
/** The same after a drain that took too long. */
const DRAIN_GRACE = 20

/** One run of a graph: connects the steps, watches every stream, and stops all of them at the first cause. */
export class Running implements RunControl {
  readonly #graph: PipelineGraph
  readonly #sideBufferBytes: number
  readonly #result = deferred<PipelineResult>()
  /** Aborted by the first cause, which is its reason from then on. */
  readonly #stop = new AbortController()
  readonly #connected: Set<StageInfo>
  readonly #inner: readonly InnerStage[]
  #unread: ReadonlyMap<StepNode, Unread> = new Map()
  #state: RunState = 'running'
  readonly #startedAt = new Date()
  readonly #from = performance.now()
  readonly #forget: (() => void)[] = []
  readonly #throughput: Throughput
  readonly #draining: Draining
  readonly #checkpoint: RunCheckpoint | undefined
  readonly #inProgress: RunInProgress
  /** Made once somebody subscribes. */
  #info: RunInfo | undefined

  constructor(
    graph: PipelineGraph,
    sideBufferBytes: number,
    signals: readonly (AbortSignal | undefined)[],
    checkpoint?: RunCheckpoint,
  ) {
    this.#graph = graph
    this.#sideBufferBytes = sideBufferBytes
    this.#checkpoint = checkpoint
    checkpoint?.whenFailed(error => this.#fail(error))
    this.#connected = connectedWith(graph.nodes.map(({info}) => info))
    this.#inner = innerStages(graph.nodes, this.#connected)
    for (const {info} of this.#inner) graph.settle(info)
    this.#stop.signal.addEventListener('abort', () => void this.#stopAll(this.#stop.signal.reason), {once: true})
    const {clock} = graph.nodes[0]!.info
    this.#throughput = new Throughput(clock, this.#connected)
    this.#inProgress = new RunInProgress(
      graph.name,
      () => this.#stages,
      error => this.#fail(error),
    )
    this.#draining = new Draining(clock, deadline => this.#drainedTooLate(deadline))
    pin(this.#inProgress)
    this.#forget.push(
      inProgress(this.#inProgress),
      () => this.#throughput.stop(),
      () => this.#draining.stop(),
    )
    for (const info of this.#connected) this.#watch(info.stream)
    for (const signal of signals) this.#forget.push(onAbort(signal, reason => this.cancel(reason)))
    if (!this.#stop.signal.aborted) this.#start()
  }

  get promise(): Promise<PipelineResult> {
    return this.#result.promise
  }

  get state(): RunState {
    return this.#state
  }

  drain(options: DrainOptions | undefined): void {
    const deadline = runDrainDeadline(this.#graph.name, options)
    if (this.#ended) return
    this.#state = 'draining'
    this.#publish('drain')
    this.#draining.begin(this.#connected, deadline)
  }

  get #ended(): boolean {
    return this.#state !== 'running' && this.#state !== 'draining'
  }

  #drainedTooLate(deadline: number): void {
    const {name} = this.#graph
    const infos = this.#stages.map(({info}) => info)
    const steps = this.metrics().map((step, i): [StepMetrics, StageInfo] => [step, infos[i]!])
    this.#fail(runDrainError(name, deadline, steps))
  }

  cancel(reason: unknown): void {
    const why = reason === undefined ? '' : `: ${messageOf(reason)}`
    this.#fail(
      new SluiceError('ERR_SLUICE_CANCELLED', `the run of pipeline '${this.#graph.name}' was cancelled${why}`, {
        cause: reason,
      }),
    )
  }

  metrics(): StepMetrics[] {
    const steps = this.#graph.nodes.map(node => ({
      ...this.#metricsOf(node.info, node.name, this.#unread.get(node)?.info.metrics.in),
      kind: node.kind,
    }))
    return [...steps, ...this.#inner.map(({name, info}) => this.#metricsOf(info, name))]
  }

  #metricsOf(info: StageInfo, name: string, unread?: number): StepMetrics {
    return stepMetrics(info, {name, unread, rate: this.#throughput.of(info), now: this.#throughput.now})
  }

  /** Steps and the stages inside them, in the order of {@link Running.metrics}. */
  get #stages(): {name: string; info: StageInfo}[] {
    return [...this.#graph.nodes, ...this.#inner].map(({name, info}) => ({name, info}))
  }

  #publish(event: RunMessage['event'], error?: Error): void {
    if (!channels.run.hasSubscribers) return
    this.#info ??= {pipeline: this.#graph.name, startedAt: this.#startedAt, stages: this.#stages}
    const message: RunMessage = {run: this.#info, event, ...(error && {error})}
    channels.run.publish(message)
  }

  #start(): void {
    const {nodes} = this.#graph
    this.#publish('start')
    try {
      this.#unread = connectSteps(nodes, this.#sideBufferBytes)
    } catch (error) {
      return this.#fail(error)
    }
    // claiming the tags and draining what is unread has made new streams
    for (const info of connectedWith(nodes.map(node => node.info))) {
      if (this.#connected.has(info)) continue
      this.#connected.add(info)
      this.#watch(info.stream)
    }
    const ends = [...nodes.map(node => node.info), ...[...this.#unread.values()].map(unread => unread.info)]
    Promise.all(ends.map(info => this.#through(info)))
      .then(() => this.#checkpoint?.finish())
      .then(
        () => this.#succeed(),
        error => this.#fail(error),
      )
  }

  /** A branch may add many listeners to one stream, which is no leak; an error on any stream stops all. */
  #watch(stream: Readable | Writable): void {
    stream.setMaxListeners(0)
    stream.on('error', error => this.#failIn(stream, error))
  }

  /** Resolves when a step has finished; never rejects, since the first error anywhere ends the run. */
  #through(info: StageInfo): Promise<void> {
    return new Promise(resolve => {
      finished(info.stream, error => {
        if (!error) resolve()
        else if (isPrematureClose(error)) this.#closedEarly(info, error)
        else this.#failIn(info.stream, error)
      })
    })
  }

  /** A stage was destroyed without an error: by user code, or because another one has failed and its error is on its way. */
  #closedEarly(info: StageInfo, error: Error): void {
    setImmediate(() => this.#failIn(info.stream, error))
  }

  #failIn(stream: Readable | Writable, error: Error): void {
    if (this.#stop.signal.aborted) return
    // a source whose timer fired first: the run's error says more
    if (this.#state === 'draining' && isLate(error)) return this.#draining.expire()
    const {info, cause} = causeOf(this.#connected, stream, error)
    this.#fail(failureOf(info, cause))
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    if (!this.#graph.settings.elements) forgetElements(error)
    this.#state = error instanceof SluiceError && error.code === 'ERR_SLUICE_CANCELLED' ? 'cancelled' : 'failed'
    this.#stop.abort(error)
  }

  #succeed(): void {
    if (this.#ended) return
    const drained = this.#state === 'draining'
    this.#state = 'done'
    for (const forget of this.#forget) forget()
    const steps = this.metrics()
    const durationMs = performance.now() - this.#from
    this.#publish('end')
    this.#result.resolve({
      name: this.#graph.name,
      state: 'done',
      drained,
      steps,
      startedAt: this.#startedAt,
      durationMs,
      summary: () => summaryText(steps, durationMs),
    })
  }

  async #stopAll(error: Error): Promise<void> {
    for (const forget of this.#forget) forget()
    const streams = [...this.#connected].map(info => info.stream)
    // owners before their tagged outputs, which would take this for a reader that gave up
    for (const stream of streams) if (!stream.closed) stream.destroy(error)
    const closing = streams.filter(stream => !stream.closed)
    const closed = Promise.all(closing.map(stream => new Promise(resolve => stream.once('close', resolve))))
    const late = deferred()
    const noted = closed.then(() => this.#checkpoint?.stop())
    const timer = systemClock.setTimeout(() => late.resolve(), isLate(error) ? DRAIN_GRACE : CLOSING_GRACE, true)
    await Promise.race([noted, late.promise])
    timer.cancel()
    this.#publish('error', error)
    this.#result.reject(error)
  }
}

function isLate(error: Error): boolean {
  return error instanceof SluiceError && error.code === 'ERR_SLUICE_DRAIN'
}
