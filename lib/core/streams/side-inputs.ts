import {badOption, SluiceError} from '../../errors/index.ts'
import {formatDuration} from '../../util/index.ts'
import {NO_SIDES} from '../processing/elements/no-sides.ts'
import {isWindowed} from '../processing/elements/windowed-view.ts'
import {channels} from '../stage/channels.ts'
import type {Timer} from '../stage/clock.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import {upstreamOf} from '../stage/links/walks.ts'
import {isSideInput} from '../stage/side-input.ts'
import type {Side, Sides, View} from '../stage/side-port.ts'
import {stageWaitsForItself} from './side-waits.ts'

/** The side inputs of a DoFn: starts reading them, waits for them, and provides the views as `c.side`. */
export class SideInputs implements Sides<StageInfo> {
  readonly list: readonly Side<StageInfo>[]
  /** The views that user code sees: those of the last {@link update}. */
  current = NO_SIDES
  /** True when what user code sees depends on the window of the element. */
  windowed = false
  readonly #info: StageInfo
  #stale = true
  #waiting: (() => void) | undefined
  #alarm: Timer | undefined
  #seen = 0

  constructor(info: StageInfo, views: readonly [string, View<StageInfo>][]) {
    this.#info = info
    this.list = views.map(([key, view]) => ({
      key,
      view,
      info,
      changed: () => this.#changed(),
      failed: error => void info.stream.destroy(error),
    }))
    for (const side of this.list) side.view.join(side)
  }

  /** The stages that the side inputs end in. */
  get ends(): readonly StageInfo[] {
    return this.list.map(({view}) => view.info)
  }

  /** Whether all views are ready. */
  get ready(): boolean {
    return this.list.every(({view}) => view.version > 0)
  }

  /** Starts reading the side inputs that no Pipeline reads. */
  start(): void {
    if (this.#info.stream.destroyed) return
    for (const side of this.list) side.view.start(side)
  }

  /** The error if the stage would wait for itself. Call it when everything is connected. */
  refusal(): SluiceError | undefined {
    const {name} = this.#info
    if (!stageWaitsForItself(this.#info)) return undefined
    return new SluiceError(
      'ERR_SLUICE_SIDE_INPUT',
      `${name} waits for its side inputs (${this.list.map(({key}) => key).join(', ')}), and one of them waits for ${name} ` +
        'to take its elements, since both come from the same source: neither would ever go on. Use Pipeline, where every ' +
        'stage is a step, and which buffers the elements; or read the source twice',
      {stage: name},
    )
  }

  /** Calls back when all views are ready; a failure destroys the stage instead. */
  whenReady(callback: () => void): void {
    this.start()
    const {stream} = this.#info
    if (stream.destroyed) return
    for (const {view} of this.list) {
      const problem = view.problem()
      if (problem) return void stream.destroy(problem)
    }
    if (this.ready) return callback()
    this.#waiting = callback
    this.#info.state.waitingForSide = true
    this.#watch()
  }

  #changed(): void {
    this.#stale = true
    for (const {key, view} of this.list) this.#info.metrics.extra[`side.${key}`] = view.size
    if (!this.ready) return
    const callback = this.#waiting
    this.#calm()
    // the stream of the side input must not run this stage's code
    if (callback) process.nextTick(callback)
  }

  /** To be called between bundles: from now on user code sees the newest views, all at once. */
  update(): void {
    if (!this.#stale) return
    this.#stale = false
    this.current = Object.freeze(Object.fromEntries(this.list.map(({key, view}) => [key, view.value])))
    this.windowed = isWindowed(this.current)
  }

  /** The stage has ended or failed. */
  stop(error: Error | null): void {
    this.#calm()
    for (const side of this.list) side.view.leave(side, error)
  }

  #calm(): void {
    this.#waiting = undefined
    this.#info.state.waitingForSide = false
    this.#alarm?.cancel()
    this.#alarm = undefined
  }

  #watch(): void {
    this.#seen = this.#progress
    this.#alarm = this.#info.clock.setTimeout(() => this.#standstill(), DEFAULTS.standstill)
  }

  get #progress(): number {
    return this.list.reduce((sum, {view}) => sum + view.size, 0)
  }

  /** A side input that is merely long is no standstill, nor one that waits itself, which is reported there. */
  #standstill(): void {
    if (this.#progress !== this.#seen) return this.#watch()
    const stuck = this.list.filter(({view}) => view.version === 0)
    for (const {view} of stuck)
      for (const stage of upstreamOf(view.info)) if (stage.waiting || stage.waitingForSide) return this.#watch()
    const {name, log} = this.#info
    for (const {key, view} of stuck) {
      const message = {stage: name, output: `side.${key}`, waitedMs: DEFAULTS.standstill}
      channels.standstill.publish(message)
      log.warn(
        `${name} has waited ${formatDuration(DEFAULTS.standstill)} for its side input '${key}', which has not ended: ` +
          `${view.size} elements so far. Its source must have an end`,
        message,
      )
    }
  }
}

/** Checks the option `side`; undefined for a stage without side inputs. */
export function sideInputs(where: string, info: StageInfo, given: unknown): SideInputs | undefined {
  if (given === undefined) return undefined
  if (typeof given !== 'object' || given === null || Array.isArray(given) || isSideInput(given))
    throw badOption(
      where,
      'side',
      given,
      "an object of side inputs, for example {rates: asMap(readFromCsv('rates.csv'), …)}",
    )
  const views = Object.entries(given)
  for (const [key, view] of views)
    if (!isSideInput(view))
      throw badOption(where, `side.${key}`, view, 'the result of asSingleton, asList, asIterable, asMap or asMultiMap')
  return views.length === 0 ? undefined : new SideInputs(info, views as [string, View<StageInfo>][])
}
