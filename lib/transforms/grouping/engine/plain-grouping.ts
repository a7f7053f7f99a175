import {
  type BoundedWindow,
  type Bundle,
  GLOBAL_WINDOW,
  MIN_TIMESTAMP,
  type PaneInfo,
  paneInfo,
  type WindowSlot,
} from '../../../core/index.ts'
import {heapSize} from '../../../state/index.ts'
import {ownText} from '../../../util/index.ts'
import {Cell, emptyAccumulators} from './cell.ts'
import type {Grouping, GroupingReport, OpenCells} from './grouping.ts'
import {IdSums} from './id-sums.ts'
import {PaneOutput} from './pane-output.ts'
import type {GroupingSpec} from './spec.ts'
import {Spilling} from './spilling.ts'
import {Closing, Table} from './table.ts'
import {TimeQueue} from './time-queue.ts'
import {failing} from './trial.ts'

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
  /** True once there was a cell. */
  #used = false
  #closing: Closing | undefined
  /** The windows of the element before, and their tables. */
  #slot: WindowSlot | undefined
  #table: Table | undefined
  #several: readonly (Table | BoundedWindow)[] | undefined

  readonly overflow: Spilling

  /** @param memory bytes of heap that cells may take; the rest waits on disk until its window ends */
  constructor(spec: GroupingSpec<I, O>, report: GroupingReport<I>, memory: number) {
    this.#spec = spec
    this.#report = report
    this.#output = new PaneOutput(spec)
    this.overflow = new Spilling(spec, memory, this.#tables)
  }

  get open(): OpenCells {
    return {windows: this.#tables.size, cells: this.overflow.cells}
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
    const {sizes} = this.overflow
    const measured = sizes.isDue()
    const size = measured ? heapSize(accumulators) : 0
    for (let f = 0; f < fns.length; f++) accumulators[f] = fns[f]!.addInput(accumulators[f], value, timestamp)
    if (measured) sizes.grew(heapSize(accumulators) - size)
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
    const own = typeof text === 'string' ? ownText(text) : text
    const cell = new Cell(own, ownKey(this.#spec.keys.parts(element), text, own), emptyAccumulators(this.#spec.fns))
    table.cells.set(own, cell)
    this.overflow.add(cell)
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
    const table = new Table(window)
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
    this.overflow.waits = undefined
    while (output.size < max) {
      const closing = (this.#closing ??= this.#close())
      if (!closing) break
      const cell = closing.next()
      if (cell) {
        output.add(cell, closing.window, ONLY, closing.window.maxTimestamp)
        if (closing.counted) this.overflow.emitted()
      } else if (!closing.hasMore) this.#closing = undefined
      else if (output.size > 0) break
      else {
        this.overflow.waits = closing.load()
        return undefined
      }
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
      return this.overflow.closing(table)
    }
    if (this.#input < Number.POSITIVE_INFINITY || this.#used || !this.#spec.defaults) return undefined
    this.#used = true
    return new Closing(GLOBAL_WINDOW, [new Cell(0, undefined, emptyAccumulators(this.#spec.fns))])
  }
}

/** The key without references to the texts that it was read from. */
function ownKey(key: unknown, text: string | number, own: string | number): unknown {
  if (Array.isArray(key)) return key.map(part => ownKey(part, text, own))
  return key === text ? own : typeof key === 'string' ? ownText(key) : key
}
