import {combinePartitions, Partitions, type SpillOwner} from '../../../state/index.ts'
import {Cell} from './cell.ts'
import type {AnyCombineFn} from './spec.ts'

/** A cell as plain data. */
type StoredCell = readonly [key: unknown, accumulators: unknown[], idsLo: number, idsHi: number]

/** Cells of one window on disk, by key. A key that is written several times becomes one cell again when they are read. */
export class SpilledCells {
  readonly #fns: readonly AnyCombineFn[]
  readonly #owner: SpillOwner
  readonly #partitions: Partitions<StoredCell>

  constructor(fns: readonly AnyCombineFn[], owner: SpillOwner) {
    this.#fns = fns
    this.#owner = owner
    this.#partitions = new Partitions(owner)
  }

  /** Moves all of these cells to disk. */
  async take(cells: Map<string | number, Cell>): Promise<void> {
    for (const [text, {key, accumulators, idsLo, idsHi}] of cells) {
      this.#partitions.add(text, [key, this.#encoded(accumulators), idsLo, idsHi])
      if (this.#partitions.full) await this.#partitions.flush()
    }
    cells.clear()
  }

  /** All cells, in parts that take at most `memory` bytes of heap each. */
  async *read(memory: number): AsyncGenerator<Iterator<Cell, undefined>> {
    const combine = (earlier: StoredCell, later: StoredCell) => this.#combined(earlier, later)
    for await (const stored of combinePartitions(this.#partitions, {owner: this.#owner, memory, combine}))
      yield this.#cells(stored)
  }

  *#cells(stored: Map<string | number, StoredCell>): Generator<Cell, undefined> {
    for (const [text, [key, accumulators, idsLo, idsHi]] of stored) {
      const cell = new Cell(text, key, this.#decoded(accumulators))
      cell.idsLo = idsLo
      cell.idsHi = idsHi
      yield cell
    }
  }

  #combined([key, a, lo, hi]: StoredCell, [, b, laterLo, laterHi]: StoredCell): StoredCell {
    const [earlier, later] = [this.#decoded(a), this.#decoded(b)]
    const merged = this.#fns.map((fn, f) => fn.mergeAccumulators([earlier[f], later[f]]))
    return [key, this.#encoded(merged), (lo + laterLo) | 0, (hi + laterHi) | 0]
  }

  #encoded(accumulators: unknown[]): unknown[] {
    return this.#fns.map(({coder}, f) => (coder ? coder.encode(accumulators[f]) : accumulators[f]))
  }

  #decoded(encoded: unknown[]): unknown[] {
    return this.#fns.map(({coder}, f) => (coder ? coder.decode(encoded[f]) : encoded[f]))
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#partitions.bytes
  }

  close(): Promise<void> {
    return this.#partitions.close()
  }
}
