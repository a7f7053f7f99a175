import {type BoundedWindow, boundedWindow, type PaneInfo, paneInfo, type WindowSlot} from './window.ts'

/** A column with few distinct objects: these, and the index of each slot's object. */
interface Table<T, Slot> {
  readonly table: readonly T[]
  readonly slots: readonly Slot[]
}

/** Collects distinct objects. */
class TableOf<T> {
  readonly #indexes = new Map<T, number>()
  index(item: T): number {
    let index = this.#indexes.get(item)
    if (index === undefined) this.#indexes.set(item, (index = this.#indexes.size))
    return index
  }
  get items(): T[] {
    return [...this.#indexes.keys()]
  }
}

/** Windows as plain data. */
export function encodeWindows(column: readonly WindowSlot[]): Table<readonly [number, number], number | number[]> {
  const table = new TableOf<BoundedWindow>()
  const slots = column.map(slot =>
    Array.isArray(slot) ? slot.map(window => table.index(window)) : table.index(slot as BoundedWindow),
  )
  return {table: table.items.map(({start, end}) => [start, end] as const), slots}
}

/** Decodes windows encoded by {@link encodeWindows}, interned again. */
export function decodeWindows({table, slots}: ReturnType<typeof encodeWindows>): WindowSlot[] {
  const windows = table.map(([start, end]) => boundedWindow(start, end))
  return slots.map(slot => (Array.isArray(slot) ? slot.map(index => windows[index]!) : windows[slot]!))
}

/** Panes as plain data. */
export function encodePanes(column: readonly PaneInfo[]): Table<PaneInfo, number> {
  const table = new TableOf<PaneInfo>()
  const slots = column.map(pane => table.index(pane))
  return {table: table.items, slots}
}

/** Decodes panes encoded by {@link encodePanes}, interned again. */
export function decodePanes({table, slots}: ReturnType<typeof encodePanes>): PaneInfo[] {
  const panes = table.map(paneInfo)
  return slots.map(index => panes[index]!)
}
