import type {PaneInfo} from '../../../lib/core/index.ts'
import type {Trigger} from '../../../lib/windowing/index.ts'
import {begin, dues, element, fire, type Moment, merge, promisesOnTime, ready, type Working} from './triggers.ts'
import {expiryOf, lastOf, overlap, type Span, sameSpan, union, type Windowing, windowsOf} from './windows.ts'

/** What a collection says about its windows. */
export interface Strategy {
  readonly windowing: Windowing
  readonly trigger: Trigger
  readonly accumulation: 'discarding' | 'accumulating'
  /** Milliseconds. */
  readonly lateness: number
  readonly timestampCombiner: 'end-of-window' | 'earliest' | 'latest'
  readonly closing: 'if-non-empty' | 'always'
  readonly onTime: 'always' | 'if-non-empty'
  /** A grouping upstream has merged the windows: they merge no more. */
  readonly merged?: boolean
}

export interface Input {
  readonly key: string
  readonly timestamp: number
  readonly value: number
}

export interface Pane {
  readonly key: string
  readonly window: Span
  readonly timestamp: number
  readonly pane: PaneInfo
  /** In order of arrival. */
  readonly values: readonly number[]
}

/** An element that has come. */
interface Event {
  readonly order: number
  readonly value: number
  /** Its timestamp when it was not behind the watermark: then it counts for the timestamp of the pane. */
  readonly timestamp: number | undefined
}

/** What is known of one key in one window. */
interface Cell {
  readonly key: string
  readonly window: Span
  trigger: Working
  /** All that came, and what no pane has had yet. */
  events: Event[]
  pending: Event[]
  /** Panes emitted, and those of them that were not early. */
  panes: number
  nonEarly: number
  /** Something came in before the watermark passed the end. */
  cameInTime: boolean
  /** It has fired after the watermark passed the end, or had nothing to fire when that happened: there is no on-time pane any more. */
  firedAfterEnd: boolean
  /** The trigger has finished: what comes is dropped. */
  finished: boolean
}

/**
 * Beam's grouping by its rules: it keeps every element of every window, and looks at each window whenever something happens.
 * Each call returns the panes that it sets off.
 */
export class ReferenceGrouping {
  readonly strategy: Strategy
  watermark = Number.NEGATIVE_INFINITY
  now: number
  /** Elements dropped because their window had expired, and because its trigger had finished; once per window. */
  readonly dropped = {late: 0, finished: 0}
  #cells: Cell[] = []
  #panes: Pane[] = []
  #order = 0

  constructor(strategy: Strategy, now = 0) {
    this.strategy = strategy
    this.now = now
  }

  /** Elements arrive, one after the other. */
  add(inputs: readonly Input[]): Pane[] {
    for (const input of inputs)
      for (const window of windowsOf(this.strategy.windowing, input.timestamp)) {
        if (this.watermark > expiryOf(window, this.strategy.lateness)) this.dropped.late++
        else this.#take(input, this.#cellFor(input.key, window))
      }
    return this.#emitted()
  }

  /** The watermark moves; it never goes back. */
  advance(watermark: number): Pane[] {
    const before = this.watermark
    if (watermark <= before) return []
    this.watermark = watermark
    for (const cell of this.#cells) {
      const end = lastOf(cell.window)
      const expiry = expiryOf(cell.window, this.strategy.lateness)
      if (before <= end && end < watermark && expiry > end) this.#fireIfReady(cell)
      if (watermark > expiry && !cell.finished) this.#emit(cell, true)
      // a grouping downstream takes only what is not behind its own watermark for on time, and nothing keeps that back now
      if (before <= end && end < watermark && cell.pending.length === 0) cell.firedAfterEnd = true
    }
    this.#cells = this.#cells.filter(cell => watermark <= expiryOf(cell.window, this.strategy.lateness))
    return this.#emitted()
  }

  /** The clock moves. */
  time(now: number): Pane[] {
    const before = this.now
    this.now = now
    for (const cell of this.#cells)
      if (dues(cell.trigger).some(due => before < due && due <= now)) this.#fireIfReady(cell)
    return this.#emitted()
  }

  /** The clock runs, and stops at every time that a trigger waits for. */
  elapse(until: number): Pane[] {
    const panes: Pane[] = []
    for (;;) {
      const ahead = this.#cells.flatMap(cell => dues(cell.trigger)).filter(due => this.now < due && due < until)
      if (ahead.length === 0) return [...panes, ...this.time(until)]
      panes.push(...this.time(Math.min(...ahead)))
    }
  }

  get #merging(): boolean {
    return this.strategy.windowing.kind === 'sessions' && !this.strategy.merged
  }

  #moment(window: Span): Moment {
    return {window, watermark: this.watermark, now: this.now, merging: this.#merging}
  }

  #fresh(key: string, window: Span): Cell {
    return {
      key,
      window,
      trigger: begin(this.strategy.trigger),
      events: [],
      pending: [],
      panes: 0,
      nonEarly: 0,
      cameInTime: false,
      firedAfterEnd: false,
      finished: false,
    }
  }

  /** The cell of an element's window, after merging. */
  #cellFor(key: string, window: Span): Cell {
    const ofKey = this.#cells.filter(cell => cell.key === key)
    const touched = ofKey.filter(cell => this.#merging && !cell.finished && overlap(cell.window, window))
    if (touched.some(cell => !sameSpan(cell.window, window))) return this.#merge(touched, window)
    const known = ofKey.find(cell => sameSpan(cell.window, window))
    if (known) return known
    const made = this.#fresh(key, window)
    this.#cells.push(made)
    return made
  }

  #merge(cells: readonly Cell[], window: Span): Cell {
    const {key} = cells[0]!
    const into = union([window, ...cells.map(cell => cell.window)])
    const own = cells.find(cell => sameSpan(cell.window, into))
    const inOrder = (events: Event[]) => events.sort((a, b) => a.order - b.order)
    const merged: Cell = {
      ...(own ?? this.#fresh(key, into)),
      trigger: merge(
        cells.map(cell => cell.trigger),
        this.#moment(into),
      ),
      events: inOrder(cells.flatMap(cell => cell.events)),
      pending: inOrder(cells.flatMap(cell => cell.pending)),
      cameInTime: cells.some(cell => cell.cameInTime && !cell.firedAfterEnd),
    }
    if (this.watermark <= lastOf(into)) merged.cameInTime = true
    this.#cells = this.#cells.filter(
      cell => !cells.includes(cell) && !(cell.key === key && cell.finished && sameSpan(cell.window, into)),
    )
    this.#cells.push(merged)
    return merged
  }

  #take({timestamp, value}: Input, cell: Cell): void {
    if (cell.finished) {
      this.dropped.finished++
      return
    }
    const event = {order: this.#order++, value, timestamp: timestamp >= this.watermark ? timestamp : undefined}
    cell.events.push(event)
    cell.pending.push(event)
    if (this.watermark <= lastOf(cell.window)) cell.cameInTime = true
    element(cell.trigger, this.#moment(cell.window))
    this.#fireIfReady(cell)
  }

  #fireIfReady(cell: Cell): void {
    const moment = this.#moment(cell.window)
    if (cell.finished || !ready(cell.trigger, moment)) return
    fire(cell.trigger, moment)
    this.#emit(cell, cell.trigger.done)
  }

  /** Emits the pane of a firing, if it is one that is emitted. */
  #emit(cell: Cell, isLast: boolean): void {
    const {strategy} = this
    const timing = this.#timing(cell)
    const promised = timing === 'on-time' && strategy.onTime === 'always' && promisesOnTime(strategy.trigger)
    if (cell.pending.length > 0 || promised || (isLast && strategy.closing === 'always')) {
      this.#panes.push({
        key: cell.key,
        window: cell.window,
        timestamp: this.#timestamp(cell),
        pane: {
          index: cell.panes,
          onTimeIndex: timing === 'early' ? -1 : cell.nonEarly,
          timing,
          isFirst: cell.panes === 0,
          isLast,
        },
        values: (strategy.accumulation === 'discarding' ? cell.pending : cell.events).map(event => event.value),
      })
      cell.panes++
      if (timing !== 'early') cell.nonEarly++
    }
    cell.pending = []
    cell.finished = isLast
    if (timing !== 'early') cell.firedAfterEnd = true
  }

  #timing(cell: Cell): PaneInfo['timing'] {
    if (this.watermark <= lastOf(cell.window)) return 'early'
    return cell.cameInTime && !cell.firedAfterEnd ? 'on-time' : 'late'
  }

  #timestamp({window, pending}: Cell): number {
    const known = pending.map(event => event.timestamp).filter(timestamp => timestamp !== undefined)
    const {timestampCombiner} = this.strategy
    if (timestampCombiner === 'end-of-window' || known.length === 0) return lastOf(window)
    return timestampCombiner === 'earliest' ? Math.min(...known) : Math.max(...known)
  }

  #emitted(): Pane[] {
    return this.#panes.splice(0)
  }
}
