import {
  type BoundedWindow,
  type Bundle,
  GLOBAL_WINDOW,
  MIN_TIMESTAMP,
  type PaneInfo,
  paneInfo,
  type WindowSlot,
} from '../../../core/index.ts'
import {Cell, emptyAccumulators} from './cell.ts'
import type {Grouping, GroupingReport, OpenCells} from './grouping.ts'
import {IdSums} from './id-sums.ts'
import {PaneOutput} from './pane-output.ts'
import type {GroupingSpec} from './spec.ts'
import {TimeQueue} from './time-queue.ts'
import {failing} from './trial.ts'

/** The cells of one window. */
interface Table {
  readonly window: BoundedWindow
  readonly cells: Map<string | number, Cell>
}

/** A window that is being emitted, and its remaining cells. */
interface Closing {
  readonly window: BoundedWindow
  readonly cells: Iterator<Cell>
}

/** The one pane of a window. */
const ONLY: PaneInfo = paneInfo({index: 0, onTimeIndex: 0, timing: 'on-time', isFirst: true, isLast: true})

/**
 * The common case: the default trigger, no lateness, windows that do not merge. A window emits once, when the watermark has passed
 * its end, and no trigger has any state: an element costs a look-up of its window, unless it is that of the element before, and one
 * of its key.
 */
export class PlainGrouping<I, O> implements Grouping<I, O> {
  readonly nextTime: number = Number.POSITIVE_INFINITY
  watermark: number = Number.NEGATIVE_INFINITY
  readonly #spec: GroupingSpec<I, O>
  readonly #report: GroupingReport<I>
  readonly #output: PaneOutput<O>
  readonly #sums = new IdSums()
  readonly #tables = new Map<BoundedWindow, Table>()
  /** Tables by the last millisecond of their window. */
  readonly #ends = new TimeQueue<Table>()
  #input = Number.NEGATIVE_INFINITY
  #cells = 0
  /** True once there was a cell. */
  #used = false
  #closing: Closing | undefined
  /** The windows of the element before, and their tables. */
  #slot: WindowSlot | undefined
  #table: Table | undefined
  #several: readonly (Table | BoundedWindow)[] | undefined

  constructor(spec: GroupingSpec<I, O>, report: GroupingReport<I>) {
    this.#spec = spec
    this.#report = report
    this.#output = new PaneOutput(spec)
  }

  get open(): OpenCells {
    return {windows: this.#tables.size, cells: this.#cells}
  }

  add(bundle: Bundle<I>): void {
    const {values, windows, timestamps, ids} = bundle
    if (values.length === 0) return
    const skip = this.#report.careful ? failing(this.#spec, this.#report, bundle) : undefined
    if (ids === undefined) this.#output.hasIds = false
    else if (this.#output.hasIds) this.#sums.read(ids, values.length)
    const {keys, input} = this.#spec
    let i = 0
    try {
      for (; i < values.length; i++) {
        if (skip !== undefined && skip[i] === 1) continue
        const slot = windows === undefined ? GLOBAL_WINDOW : windows[i]!
        if (slot !== this.#slot) this.#enter(slot)
        const table = this.#table
        if (table === undefined) {
          this.#addToSeveral(bundle, i)
          continue
        }
        const element = values[i]!
        const text = keys.text(element)
        const cell = table.cells.get(text) ?? this.#create(table, text, element)
        const timestamp = timestamps === undefined ? MIN_TIMESTAMP : timestamps[i]!
        this.#addTo(cell, i, input === undefined ? element : input(element), timestamp)
      }
    } catch (error) {
      if (!this.#report.careful) this.#report.failed(error, bundle, i)
      throw error
    }
  }

  /** Everything of an element at once, while its cell is in the cache. */
  #addTo(cell: Cell, i: number, value: unknown, timestamp: number): void {
    const {fns} = this.#spec
    const {accumulators} = cell
    for (let f = 0; f < fns.length; f++) accumulators[f] = fns[f]!.addInput(accumulators[f], value, timestamp)
    if (!this.#output.hasIds) return
    cell.idsLo = (cell.idsLo + this.#sums.lo[i]!) | 0
    cell.idsHi = (cell.idsHi + this.#sums.hi[i]!) | 0
  }

  /** An element in several windows, or one whose window is closed. */
  #addToSeveral(bundle: Bundle<I>, i: number): void {
    const {keys, input} = this.#spec
    const element = bundle.values[i]!
    const timestamp = bundle.timestamps?.[i] ?? MIN_TIMESTAMP
    let text: string | number | undefined
    for (const each of this.#several!) {
      if (!('cells' in each)) {
        this.#report.late(bundle, i, each)
        continue
      }
      text ??= keys.text(element)
      const cell = each.cells.get(text) ?? this.#create(each, text, element)
      this.#addTo(cell, i, input === undefined ? element : input(element), timestamp)
    }
  }

  #create(table: Table, text: string | number, element: I): Cell {
    const cell = new Cell(text, this.#spec.keys.parts(element), emptyAccumulators(this.#spec.fns))
    table.cells.set(text, cell)
    this.#cells++
    this.#used = true
    return cell
  }

  /** Elements with these windows follow. */
  #enter(slot: WindowSlot): void {
    this.#slot = slot
    if (!Array.isArray(slot)) {
      const only = this.#tableOf(slot as BoundedWindow)
      this.#table = 'cells' in only ? only : undefined
      this.#several = [only]
    } else {
      this.#table = undefined
      this.#several = (slot as readonly BoundedWindow[]).map(window => this.#tableOf(window))
    }
  }

  /** The table of a window; the window itself if it is closed. */
  #tableOf(window: BoundedWindow): Table | BoundedWindow {
    const known = this.#tables.get(window)
    if (known) return known
    if (window.maxTimestamp < this.#input) return window
    const table = {window, cells: new Map<string | number, Cell>()}
    this.#tables.set(window, table)
    this.#ends.add(window.maxTimestamp, table)
    return table
  }

  advance(watermark: number): void {
    if (watermark <= this.#input) return
    this.#input = watermark
    this.#slot = undefined
  }

  time(): void {}

  take(max: number): Bundle<O> | undefined {
    const output = this.#output
    while (output.size < max) {
      this.#closing ??= this.#close()
      if (!this.#closing) break
      const {window, cells} = this.#closing
      const {value: cell} = cells.next() as IteratorResult<Cell, undefined>
      if (cell) {
        this.#cells--
        output.add(cell, window, ONLY, window.maxTimestamp)
      } else this.#closing = undefined
    }
    if (output.size > 0) return output.take(max)
    this.watermark = this.#input
    return undefined
  }

  /** Takes the next window that the watermark has passed. */
  #close(): Closing | undefined {
    const table = this.#ends.takeBefore(this.#input)
    if (table) {
      this.#tables.delete(table.window)
      return {window: table.window, cells: table.cells.values()}
    }
    if (this.#input < Number.POSITIVE_INFINITY || this.#used || !this.#spec.defaults) return undefined
    this.#used = true
    this.#cells++
    const empty = new Cell(0, undefined, emptyAccumulators(this.#spec.fns))
    return {window: GLOBAL_WINDOW, cells: [empty].values()}
  }
}
