import {type BoundedWindow, type Bundle, boundedWindow, GLOBAL_WINDOW, MIN_TIMESTAMP} from '../../../core/index.ts'
import {TriggerMachine, type WindowingStrategy} from '../../../windowing/index.ts'
import {emptyAccumulators} from './cell.ts'
import {combined, type Merging, placeOf} from './cell-merging.ts'
import {type CellStore, MergingStore, TableStore} from './cell-stores.ts'
import {CountedHolds} from './counted-holds.ts'
import type {Grouping, GroupingReport, OpenCells} from './grouping.ts'
import {IdSums} from './id-sums.ts'
import {PaneOutput} from './pane-output.ts'
import {expiryOf, hasOnTimePane, nextPane, paneTimestamp, timingOf, usesClock} from './pane-rules.ts'
import type {GroupingSpec} from './spec.ts'
import {TimeQueue} from './time-queue.ts'
import {failing} from './trial.ts'
import {TriggerCell} from './trigger-cell.ts'

/**
 * Any trigger, lateness and window function, by Beam's rules: each key and window has a trigger state, and may emit several panes.
 *
 * The trigger is asked after each element, when the watermark passes the end of the window, and when the clock comes to what it waits
 * for; it fires once at most each time. When the watermark has passed the lateness too, the cell emits what is left.
 */
export class TriggerGrouping<I, O> implements Grouping<I, O> {
  watermark: number = Number.NEGATIVE_INFINITY
  readonly #spec: GroupingSpec<I, O>
  readonly #strategy: WindowingStrategy
  readonly #report: GroupingReport<I>
  readonly #machine: TriggerMachine
  readonly #output: PaneOutput<O>
  readonly #sums = new IdSums()
  readonly #store: CellStore
  /** What merging needs; undefined if windows do not merge. */
  readonly #merging: Merging | undefined
  readonly #holds = new CountedHolds()
  /** Cells by the watermark that they wait for: the end of their window, then the end of its lateness. */
  readonly #ends = new TimeQueue<TriggerCell>()
  /** Cells by the time that they wait for. */
  readonly #clocks = new TimeQueue<TriggerCell>()
  readonly #time = {watermark: Number.NEGATIVE_INFINITY, now: 0}
  readonly #usesClock: boolean
  readonly #emptyOnTime: boolean
  #used = false

  constructor(spec: GroupingSpec<I, O>, strategy: WindowingStrategy, report: GroupingReport<I>) {
    this.#spec = spec
    this.#strategy = strategy
    this.#report = report
    this.#machine = new TriggerMachine(strategy.trigger)
    this.#output = new PaneOutput(spec)
    if (strategy.windowFn.merges && !strategy.merged) {
      const store = new MergingStore()
      this.#store = store
      this.#merging = {
        fns: spec.fns,
        strategy,
        machine: this.#machine,
        store,
        time: this.#time,
        remove: cell => this.#remove(cell),
        add: cell => this.#add(cell),
        holds: this.#holds,
      }
    } else this.#store = new TableStore()
    this.#usesClock = usesClock(strategy.trigger)
    this.#emptyOnTime = strategy.onTime === 'always' && hasOnTimePane(strategy.trigger)
  }

  get open(): OpenCells {
    const {windows, cells} = this.#store
    return {windows, cells}
  }

  get nextTime(): number {
    return this.#time.watermark === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : this.#clocks.earliest
  }

  add(bundle: Bundle<I>): void {
    const {values, windows, ids} = bundle
    if (values.length === 0) return
    const skip = this.#report.careful ? failing(this.#spec, this.#report, bundle) : undefined
    if (ids === undefined) this.#output.hasIds = false
    else if (this.#output.hasIds) this.#sums.read(ids, values.length)
    for (let i = 0; i < values.length; i++) {
      if (skip !== undefined && skip[i] === 1) continue
      const slot = windows === undefined ? GLOBAL_WINDOW : windows[i]!
      try {
        if (!Array.isArray(slot)) this.#element(bundle, i, slot as BoundedWindow)
        else for (const window of slot as readonly BoundedWindow[]) this.#element(bundle, i, window)
      } catch (error) {
        if (!this.#report.careful) this.#report.failed(error, bundle, i)
        throw error
      }
    }
  }

  #element(bundle: Bundle<I>, i: number, window: BoundedWindow): void {
    const {keys, fns, input} = this.#spec
    const element = bundle.values[i]!
    if (expiryOf(window, this.#strategy) < this.#time.watermark) return this.#report.late(bundle, i, window)
    const text = keys.text(element)
    const place = this.#merging ? placeOf(this.#merging, text, window) : {cell: this.#store.find(text, window), window}
    if (place.cell?.closed) return this.#report.closed(bundle, i, window)
    const cell = place.cell ?? this.#create(text, element, place.window)
    const value = input === undefined ? element : input(element)
    const timestamp = bundle.timestamps === undefined ? MIN_TIMESTAMP : bundle.timestamps[i]!
    const {accumulators} = cell
    for (let f = 0; f < fns.length; f++) accumulators[f] = fns[f]!.addInput(accumulators[f], value, timestamp)
    if (this.#output.hasIds) {
      cell.idsLo = (cell.idsLo + this.#sums.lo[i]!) | 0
      cell.idsHi = (cell.idsHi + this.#sums.hi[i]!) | 0
    }
    this.#taken(cell, timestamp)
    this.#machine.onElement(cell.trigger, cell.window, this.#time)
    if (!this.#fireIfReady(cell)) this.#setClock(cell)
  }

  #create(text: string | number, element: I, window: BoundedWindow): TriggerCell {
    const cell = new TriggerCell(text, this.#spec.keys.parts(element), {
      window,
      trigger: this.#machine.fresh(),
      accumulators: emptyAccumulators(this.#spec.fns),
    })
    this.#add(cell)
    return cell
  }

  #add(cell: TriggerCell): void {
    const {maxTimestamp} = cell.window
    this.#store.add(cell)
    this.#used = true
    cell.ended = maxTimestamp < this.#time.watermark
    this.#ends.add(cell.ended ? expiryOf(cell.window, this.#strategy) : maxTimestamp, cell)
  }

  #remove(cell: TriggerCell): void {
    cell.gone = true
    this.#holds.move(cell, undefined)
    this.#store.remove(cell)
  }

  /** Something came into the cell. It keeps the output watermark from passing the pane that will have it. */
  #taken(cell: TriggerCell, timestamp: number): void {
    const {watermark} = this.#time
    const strategy = this.#strategy
    const open = cell.window.maxTimestamp >= watermark
    cell.pending = true
    if (open) cell.inTime = true
    if (strategy.timestampCombiner !== 'end-of-window' && timestamp >= watermark)
      cell.timestamp = combined(strategy, cell.timestamp, timestamp)
    this.#holds.move(cell, open ? paneTimestamp(cell) : (cell.hold ?? expiryOf(cell.window, strategy)))
  }

  /** Fires if the trigger wants to; returns whether it did. */
  #fireIfReady(cell: TriggerCell): boolean {
    const machine = this.#machine
    if (!machine.shouldFire(cell.trigger, cell.window, this.#time)) return false
    machine.onFire(cell.trigger, cell.window, this.#time)
    this.#emit(cell, machine.isFinished(cell.trigger))
    this.#setClock(cell)
    return true
  }

  /** Emits the pane of a firing, if it is one that is emitted; with the last one, the cell becomes a tombstone. */
  #emit(cell: TriggerCell, isLast: boolean): void {
    const {accumulation, closing} = this.#strategy
    const {watermark} = this.#time
    const timing = timingOf(cell, watermark)
    const always = (timing === 'on-time' && this.#emptyOnTime) || (isLast && closing === 'always')
    if (cell.pending || always) {
      const {window} = cell
      const interned = this.#merging ? boundedWindow(window.start, window.end) : window
      this.#output.add(cell, interned, nextPane(cell, watermark, isLast), paneTimestamp(cell))
      cell.panes++
      if (timing !== 'early') cell.notEarly++
    }
    cell.pending = false
    cell.timestamp = Number.NaN
    cell.firedAfterEnd ||= timing !== 'early'
    cell.closed = isLast
    this.#holds.move(cell, !isLast && closing === 'always' ? expiryOf(cell.window, this.#strategy) : undefined)
    if (!isLast && accumulation === 'accumulating') return
    cell.accumulators = isLast ? [] : emptyAccumulators(this.#spec.fns)
    cell.idsLo = 0
    cell.idsHi = 0
  }

  #setClock(cell: TriggerCell): void {
    if (!this.#usesClock || cell.closed) return
    const {now} = this.#machine.next(cell.trigger, cell.window, this.#time)
    if (now === undefined || now === cell.wake || now <= this.#time.now) return
    cell.wake = now
    this.#clocks.add(now, cell)
  }

  advance(watermark: number): void {
    if (watermark > this.#time.watermark) this.#time.watermark = watermark
  }

  time(now: number): void {
    if (now > this.#time.now) this.#time.now = now
  }

  take(max: number): Bundle<O> | undefined {
    while (this.#output.size < max) {
      const waked = this.#clocks.takeUpTo(this.#time.now)
      const ended = waked ? undefined : this.#ends.takeBefore(this.#time.watermark)
      if (waked) this.#waked(waked)
      else if (ended) this.#ended(ended)
      else if (!this.#emitDefault()) break
    }
    if (this.#output.size > 0) return this.#output.take(max)
    this.watermark = Math.max(this.watermark, this.#holds.limit(this.#time.watermark))
    return undefined
  }

  #waked(cell: TriggerCell): void {
    if (cell.gone || cell.closed) return
    cell.wake = undefined
    if (!this.#fireIfReady(cell)) this.#setClock(cell)
  }

  /** The watermark has passed the end of the window, or of its lateness. Nothing pending holds it for an on-time pane. */
  #ended(cell: TriggerCell): void {
    if (cell.gone) return
    const expiry = expiryOf(cell.window, this.#strategy)
    if (!cell.ended && cell.window.maxTimestamp < expiry) {
      cell.ended = true
      if (!cell.closed) this.#fireIfReady(cell)
      if (!cell.pending && expiry >= this.#time.watermark) cell.firedAfterEnd = true
      this.#ends.add(expiry, cell)
      return
    }
    if (!cell.closed) this.#emit(cell, true)
    this.#remove(cell)
  }

  /** The result of an empty input, where one is wanted. */
  #emitDefault(): boolean {
    if (this.#time.watermark < Number.POSITIVE_INFINITY || this.#used || !this.#spec.defaults) return false
    const cell = new TriggerCell(0, undefined, {
      window: GLOBAL_WINDOW,
      trigger: this.#machine.fresh(),
      accumulators: emptyAccumulators(this.#spec.fns),
    })
    this.#used = true
    cell.pending = true
    cell.inTime = true
    this.#emit(cell, true)
    return true
  }
}
