import type {Channel} from 'node:diagnostics_channel'
import {
  channels,
  connectedWith,
  type RequestMessage,
  type RunInfo,
  type RunMessage,
  type StageInfo,
  type StageMessage,
} from '../core/index.ts'

/** How a run ended. */
export type Outcome = 'done' | 'failed' | 'cancelled'

/** A run under watch: of a Pipeline, or the stages of one plain `stream.pipeline`. */
export interface WatchedRun {
  /** Name of the Pipeline; undefined for a plain pipeline, which has none. */
  readonly pipeline: string | undefined
  /** The first thing that went wrong. */
  error: unknown
}

/** A stage under watch. */
export interface WatchedStage {
  readonly name: string
  readonly info: StageInfo
  readonly run: WatchedRun
}

/** An observer of what happens while it watches. */
export interface Watcher {
  runStarted?(run: WatchedRun): void
  runEnded?(run: WatchedRun, outcome: Outcome): void
  /** The first element is about to come. */
  stageStarted?(stage: WatchedStage): void
  /** The stage is closed: its counts are final. */
  stageClosed?(stage: WatchedStage): void
  requested?(stage: WatchedStage, request: RequestMessage): void
}

interface PlainRun extends WatchedRun {
  /** Stages that are not closed. */
  open: number
}

/**
 * Follows every run and stage that begins from now on, through the diagnostics channels: it runs when a stage starts and when it
 * closes, never for an element or a bundle.
 */
export class Watch {
  readonly #watcher: Watcher
  readonly #runs = new Map<RunInfo, WatchedRun>()
  /** The stages of plain pipelines that are not closed. */
  readonly #plain = new Map<StageInfo, PlainRun>()
  readonly #stages = new Map<StageInfo, WatchedStage>()
  readonly #forget: (() => void)[]

  constructor(watcher: Watcher) {
    this.#watcher = watcher
    this.#forget = [
      listen<RunMessage>(channels.run, message => this.#onRun(message)),
      listen<StageMessage>(channels.stage, message => this.#onStage(message)),
      listen<RequestMessage>(channels.request, message => {
        const stage = this.#stages.get(message.info)
        if (stage) watcher.requested?.(stage, message)
      }),
    ]
  }

  /** Stages that are not closed, those of a Pipeline that have not started yet included. */
  get stages(): Iterable<WatchedStage> {
    return this.#stages.values()
  }

  /** Runs that have not ended. */
  get runs(): Iterable<WatchedRun> {
    return [...this.#runs.values(), ...new Set(this.#plain.values())]
  }

  stop(): void {
    for (const forget of this.#forget) forget()
    this.#runs.clear()
    this.#plain.clear()
    this.#stages.clear()
  }

  #onRun({run, event, error}: RunMessage): void {
    if (event === 'start') {
      const watched = {pipeline: run.pipeline, error: undefined}
      this.#runs.set(run, watched)
      this.#watcher.runStarted?.(watched)
      for (const {name, info} of run.stages) this.#add(name, info, watched)
      return
    }
    const watched = this.#runs.get(run)
    if (!watched || event === 'drain') return
    this.#runs.delete(run)
    // the run's own error says more than that of the stage that failed
    if (error !== undefined) watched.error = error
    this.#watcher.runEnded?.(watched, outcomeOf(watched))
  }

  #onStage({info, event, error}: StageMessage): void {
    const stage = this.#stages.get(info)
    if (event === 'error' && stage) stage.run.error ??= error
    if (event !== 'start') return
    const known = stage ?? this.#addPlain(info)
    if (known) this.#watcher.stageStarted?.(known)
  }

  /** A stage of a plain pipeline: a Pipeline's are known since its run began, or belong to none under watch. */
  #addPlain(info: StageInfo): WatchedStage | undefined {
    const connected = [...connectedWith([info])]
    if (connected.some(({applied}) => applied)) return undefined
    return this.#add(info.name, info, this.#plainRunOf(connected))
  }

  #add(name: string, info: StageInfo, run: WatchedRun): WatchedStage {
    const stage = {name, info, run}
    this.#stages.set(info, stage)
    // pipeline() and the stage itself have ten listeners already: one more is no leak
    info.stream.setMaxListeners(0)
    info.stream.once('close', () => {
      if (this.#stages.delete(info)) this.#watcher.stageClosed?.(stage)
    })
    return stage
  }

  /** The run that these stages are of. It has ended when all of them are closed. */
  #plainRunOf(connected: readonly StageInfo[]): PlainRun {
    let run = connected.map(each => this.#plain.get(each)).find(known => known)
    if (!run) {
      run = {pipeline: undefined, error: undefined, open: 0}
      this.#watcher.runStarted?.(run)
    }
    for (const each of connected) this.#waitFor(each, run)
    return run
  }

  #waitFor(info: StageInfo, run: PlainRun): void {
    if (info.stream.closed || this.#plain.has(info)) return
    run.open++
    this.#plain.set(info, run)
    // a turn later, after the stage's own listener
    info.stream.once('close', () =>
      process.nextTick(() => {
        if (this.#plain.delete(info) && --run.open === 0) this.#watcher.runEnded?.(run, outcomeOf(run))
      }),
    )
  }
}

function outcomeOf({error}: WatchedRun): Outcome {
  if (error === undefined) return 'done'
  const {code, name} = error as {code?: unknown; name?: unknown}
  return code === 'ERR_SLUICE_CANCELLED' || name === 'AbortError' ? 'cancelled' : 'failed'
}

function listen<Message>(source: Channel, heard: (message: Message) => void): () => void {
  const listener = (message: unknown) => heard(message as Message)
  source.subscribe(listener)
  return () => void source.unsubscribe(listener)
}
