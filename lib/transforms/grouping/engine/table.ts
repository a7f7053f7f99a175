import type {BoundedWindow} from '../../../core/index.ts'
import type {Cell} from './cell.ts'
import type {SpilledCells} from './spilled-cells.ts'

/** The cells of one window. */
export class Table {
  readonly window: BoundedWindow
  readonly cells = new Map<string | number, Cell>()
  /** Cells that wait on disk. */
  spilled: SpilledCells | undefined

  constructor(window: BoundedWindow) {
    this.window = window
  }
}

/** A window that is being emitted, and its remaining cells. */
export class Closing {
  readonly window: BoundedWindow
  /** True for cells that count as open until they are emitted: those that were in memory when the window ended. */
  readonly counted: boolean
  #cells: Iterator<Cell, undefined>
  /** Where further cells come from. */
  #more: AsyncIterator<Iterator<Cell, undefined>> | undefined

  constructor(
    window: BoundedWindow,
    cells: Iterable<Cell>,
    {counted = false, more}: {counted?: boolean; more?: AsyncIterator<Iterator<Cell, undefined>>} = {},
  ) {
    this.window = window
    this.counted = counted
    this.#cells = cells[Symbol.iterator]() as Iterator<Cell, undefined>
    this.#more = more
  }

  next(): Cell | undefined {
    return this.#cells.next().value
  }

  /** False when there are no cells but those that `next` gives. */
  get hasMore(): boolean {
    return this.#more !== undefined
  }

  /** Reads further cells. */
  async load(): Promise<void> {
    const {done, value} = await this.#more!.next()
    if (done) this.#more = undefined
    else this.#cells = value
  }

  async close(): Promise<void> {
    await this.#more?.return?.()
  }
}
