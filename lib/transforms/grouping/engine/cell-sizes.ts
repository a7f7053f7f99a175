import {heapSize} from '../../../state/index.ts'
import type {Cell} from './cell.ts'

/** A cell without what it holds, and its entry in a table. */
const CELL = 136
/** Every so many new cells, and elements, are measured. */
const CELLS = 32
const ELEMENTS = 64

/** Estimates what cells take in memory, from some of them. */
export class CellSizes {
  /** Bytes of heap of all cells. */
  bytes = 0
  #cells = 0
  #average = CELL
  #elements = 0

  /** A new cell. */
  add({text, key, accumulators}: Cell): void {
    if (this.#cells++ % CELLS === 0) {
      const size = CELL + heapSize(text) + heapSize(key) + heapSize(accumulators)
      this.#average += (size - this.#average) / Math.min(this.#cells, 16)
    }
    this.bytes += this.#average
  }

  /** Whether it is to be measured by how much the next element lets accumulators grow. */
  isDue(): boolean {
    this.#elements = (this.#elements + 1) % ELEMENTS
    return this.#elements === 0
  }

  grew(bytes: number): void {
    if (bytes > 0) this.bytes += bytes * ELEMENTS
  }
}
