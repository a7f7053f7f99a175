import type {BoundedWindow} from '../../../core/index.ts'
import type {SpillOwner} from '../../../state/index.ts'
import type {Cell} from './cell.ts'
import {CellSizes} from './cell-sizes.ts'
import type {Overflow} from './grouping.ts'
import type {AnyCombineFn} from './spec.ts'
import {SpilledCells} from './spilled-cells.ts'
import {Closing, type Table} from './table.ts'

/** What it needs of a grouping. */
interface Spillable {
  readonly fns: readonly AnyCombineFn[]
  /** The name of the step. */
  readonly step: string
}

/** Sees that the cells of some tables take no more than `memory` bytes of heap: the rest waits on disk until its window ends. */
export class Spilling implements Overflow {
  readonly sizes = new CellSizes()
  readonly #fns: readonly AnyCombineFn[]
  readonly #owner: SpillOwner
  readonly #memory: number
  readonly #tables: ReadonlyMap<BoundedWindow, Table>
  #closing: Closing | undefined
  /** Cells in memory. */
  cells = 0
  waits: Promise<void> | undefined

  constructor({fns, step}: Spillable, memory: number, tables: ReadonlyMap<BoundedWindow, Table>) {
    this.#fns = fns
    this.#owner = {stage: step, option: '`memory`'}
    this.#memory = memory
    this.#tables = tables
  }

  get full(): boolean {
    // writing, and what is read back, take the other half
    return this.sizes.bytes > this.#memory / 2
  }

  get bytes(): number {
    return this.sizes.bytes
  }

  get bytesOnDisk(): number {
    let bytes = 0
    for (const {spilled} of this.#tables.values()) bytes += spilled?.bytes ?? 0
    return bytes
  }

  /** A new cell. */
  add(cell: Cell): void {
    this.cells++
    this.sizes.add(cell)
  }

  /** Writes the cells of windows that end last, until there is room again. */
  async spill(): Promise<void> {
    const tables = [...this.#tables.values()].sort((a, b) => b.window.end - a.window.end)
    for (const table of tables) {
      if (this.sizes.bytes <= this.#memory / 4) return
      await this.#write(table)
    }
  }

  async #write(table: Table): Promise<void> {
    const {size} = table.cells
    if (size === 0) return
    table.spilled ??= new SpilledCells(this.#fns, this.#owner)
    await table.spilled.take(table.cells)
    this.#forget(size)
  }

  /** A cell of a window that has ended was emitted. */
  emitted(): void {
    this.#forget(1)
  }

  /** Cells have left memory. */
  #forget(cells: number): void {
    this.sizes.bytes *= this.cells > cells ? 1 - cells / this.cells : 0
    this.cells -= cells
  }

  /** The cells of a table that has been taken out, whose window is over. */
  closing(table: Table): Closing {
    const {window, spilled, cells} = table
    if (!spilled) return new Closing(window, cells.values(), {counted: true})
    this.#closing = new Closing(window, [], {more: this.#read(table, spilled)})
    return this.#closing
  }

  async *#read(table: Table, spilled: SpilledCells): AsyncGenerator<Iterator<Cell, undefined>> {
    await this.#write(table)
    yield* spilled.read(this.#memory / 2)
  }

  async close(): Promise<void> {
    for (const {spilled} of this.#tables.values()) await spilled?.close()
    await this.#closing?.close()
  }
}
