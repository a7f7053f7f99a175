import {
  type BoundedWindow,
  type Bundle,
  GLOBAL_WINDOW,
  type PaneInfo,
  paneInfo,
  type WindowSlot,
} from '../../../core/index.ts'
import {accumulate} from './accumulate.ts'
import {Cell, emptyAccumulators} from './cell.ts'
import {ElementError} from './element-error.ts'
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
  /** The cells of the bundle that is being added, one for each element and window. */
  readonly #into: Cell[] = []
  readonly #elements: number[] = []

  constructor(spec: GroupingSpec<I, O>, report: GroupingReport<I>) {
    this.#spec = spec
    this.#report = report
    this.#output = new PaneOutput(spec)
  }

  get open(): OpenCells {
    return {windows: this.#tables.size, cells: this.#cells}
  }

  add(bundle: Bundle<I>): void {
    const {values, timestamps} = bundle
    if (values.length === 0) return
    const {fns, input} = this.#spec
    try {
      const skip = this.#report.careful ? failing(this.#spec, this.#report, bundle) : undefined
      this.#assign(bundle, skip)
      if (bundle.ids === undefined) this.#output.hasIds = false
      else if (this.#output.hasIds) this.#addIds(bundle)
      const inputs = input === undefined ? values : values.map(input)
      const assigned = {cells: this.#into, elements: this.#elements, size: this.#into.length, inputs, timestamps}
      for (let f = 0; f < fns.length; f++) accumulate(fns[f]!, f, assigned)
    } catch (error) {
      if (!(error instanceof ElementError)) throw error
      if (!this.#report.careful) this.#report.failed(error.cause, bundle, error.element)
      throw error.cause
    } finally {
      this.#into.length = 0
      this.#elements.length = 0
    }
  }

  /** Finds the cells of the elements. */
  #assign(bundle: Bundle<I>, skip: Uint8Array | undefined): void {
    const {values, windows} = bundle
    const {keys} = this.#spec
    const [into, elements] = [this.#into, this.#elements]
    let i = 0
    try {
      for (; i < values.length; i++) {
        if (skip !== undefined && skip[i] === 1) continue
        const slot = windows === undefined ? GLOBAL_WINDOW : windows[i]!
        if (slot !== this.#slot) this.#enter(slot)
        const table = this.#table
        if (table === undefined) {
          this.#assignSeveral(bundle, i)
          continue
        }
        const text = keys.text(values[i]!)
        into.push(table.cells.get(text) ?? this.#create(table, text, values[i]!))
        elements.push(i)
      }
    } catch (error) {
      throw new ElementError(error, i)
    }
  }

  /** Of an element in several windows, or one whose window is closed. */
  #assignSeveral(bundle: Bundle<I>, i: number): void {
    const element = bundle.values[i]!
    let text: string | number | undefined
    for (const each of this.#several!) {
      if (!('cells' in each)) {
        this.#report.late(bundle, i, each)
        continue
      }
      text ??= this.#spec.keys.text(element)
      this.#into.push(each.cells.get(text) ?? this.#create(each, text, element))
      this.#elements.push(i)
    }
  }

  #addIds({ids, values}: Bundle<I>): void {
    this.#sums.read(ids!, values.length)
    const {lo, hi} = this.#sums
    const [into, elements] = [this.#into, this.#elements]
    for (let k = 0; k < into.length; k++) {
      const cell = into[k]!
      const i = elements[k]!
      cell.idsLo = (cell.idsLo + lo[i]!) | 0
      cell.idsHi = (cell.idsHi + hi[i]!) | 0
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
