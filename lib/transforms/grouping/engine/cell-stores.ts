import type {BoundedWindow} from '../../../core/index.ts'
import {sameSpan, type TriggerCell} from './trigger-cell.ts'

/** Finds cells by key and window. */
export interface CellStore {
  find(text: string | number, window: BoundedWindow): TriggerCell | undefined
  add(cell: TriggerCell): void
  remove(cell: TriggerCell): void
  /** Cells, tombstones included, and their windows. */
  readonly cells: number
  readonly windows: number
}

/** For windows that do not merge: a table for each, found by identity. */
export class TableStore implements CellStore {
  readonly #tables = new Map<BoundedWindow, Map<string | number, TriggerCell>>()
  cells = 0

  get windows(): number {
    return this.#tables.size
  }
  find(text: string | number, window: BoundedWindow): TriggerCell | undefined {
    return this.#tables.get(window)?.get(text)
  }
  add(cell: TriggerCell): void {
    let table = this.#tables.get(cell.window)
    if (!table) this.#tables.set(cell.window, (table = new Map()))
    table.set(cell.text, cell)
    this.cells++
  }
  remove({text, window}: TriggerCell): void {
    const table = this.#tables.get(window)
    if (!table?.delete(text)) return
    this.cells--
    if (table.size === 0) this.#tables.delete(window)
  }
}

/** For windows that merge: the few cells of each key, sorted by window. */
export class MergingStore implements CellStore {
  readonly #byKey = new Map<string | number, TriggerCell[]>()
  cells = 0

  get windows(): number {
    return this.cells
  }
  /** The cells of a key, tombstones included, by the start of their window. */
  of(text: string | number): readonly TriggerCell[] {
    return this.#byKey.get(text) ?? []
  }
  find(text: string | number, window: BoundedWindow): TriggerCell | undefined {
    return this.#byKey.get(text)?.find(cell => sameSpan(cell.window, window))
  }
  add(cell: TriggerCell): void {
    const cells = this.#byKey.get(cell.text)
    if (cells) cells.push(cell)
    else this.#byKey.set(cell.text, [cell])
    cells?.sort((a, b) => a.window.start - b.window.start || a.window.end - b.window.end)
    this.cells++
  }
  remove(cell: TriggerCell): void {
    const cells = this.#byKey.get(cell.text)
    const at = cells?.indexOf(cell) ?? -1
    if (at < 0) return
    cells!.splice(at, 1)
    this.cells--
    if (cells!.length === 0) this.#byKey.delete(cell.text)
  }
}
