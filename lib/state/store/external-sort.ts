import {heapSizeOf} from './heap-size.ts'
import {type Compare, mergeSorted} from './merge-sorted.ts'
import {SpilledBlocks, type SpillOwner} from './spilled-blocks.ts'

/** How records are sorted. */
interface SortSettings<R, S> {
  readonly owner: SpillOwner
  /** Bytes of heap that records may take before they go to disk. */
  readonly memory: number
  readonly compare: Compare<R>
  /** What of a record goes to disk: plain data. */
  encode(record: R): S
  decode(stored: S): R
  /** How many of the first records are wanted; default: all. */
  readonly limit?: number | undefined
}

/** Runs that are merged at once: each has a block in memory. */
const MOST_RUNS = 64
const BLOCK_BYTES = 256 * 1024
const BLOCK_RECORDS = 1000
/** The part of the budget for records that wait; sorting and writing them takes the rest. */
const WAITING = 0.5

/**
 * A stable sort of any number of records: what does not fit into memory is sorted in runs, which wait on disk and are merged.
 */
export class ExternalSort<R, S> {
  readonly #settings: SortSettings<R, S>
  readonly #limit: number
  #waiting: R[] = []
  #bytes = 0
  /** Sorted runs, the earliest records first. */
  #runs: SpilledBlocks<S>[] = []
  #added = 0
  /** Bytes of heap of the records on disk, and their number, for the size of blocks. */
  #spilled = {bytes: 0, records: 0}

  constructor(settings: SortSettings<R, S>) {
    this.#settings = settings
    this.#limit = settings.memory * WAITING
  }

  /** Records so far. */
  get records(): number {
    return this.#added
  }

  /** Bytes on disk. */
  get bytesOnDisk(): number {
    return this.#runs.reduce((sum, run) => sum + run.bytes, 0)
  }

  /** Adds records; call {@link spill} when `full`. */
  add(records: readonly R[]): void {
    this.#bytes += heapSizeOf(records)
    this.#added += records.length
    for (const record of records) this.#waiting.push(record)
    if (this.#waiting.length >= 2 * this.#wanted + BLOCK_RECORDS) this.#cut()
  }

  get #wanted(): number {
    return this.#settings.limit ?? Number.POSITIVE_INFINITY
  }

  /** Drops what cannot be among the first records that are wanted. */
  #cut(): void {
    this.#waiting.sort(this.#settings.compare).length = this.#wanted
    this.#bytes = heapSizeOf(this.#waiting)
  }

  /** True when what waits has to go to disk. */
  get full(): boolean {
    return this.#bytes > this.#limit
  }

  /** Writes what waits to disk as a sorted run. */
  async spill(): Promise<void> {
    const {owner, compare, encode} = this.#settings
    const records = this.#waiting.sort(compare).slice(0, this.#wanted)
    this.#spilled.bytes += this.#bytes
    this.#spilled.records += records.length
    this.#waiting = []
    this.#bytes = 0
    const run = new SpilledBlocks<S>(owner)
    this.#runs.push(run)
    const size = this.#blockRecords()
    for (let at = 0; at < records.length; at += size) await run.append(records.slice(at, at + size).map(encode))
  }

  #blockRecords(): number {
    const {bytes, records} = this.#spilled
    // all blocks that are merged at once must fit into the budget
    const block = Math.min(BLOCK_BYTES, this.#limit / MOST_RUNS)
    return Math.max(1, Math.min(BLOCK_RECORDS, Math.floor(block / (bytes / records || 1))))
  }

  /** The records in order, in blocks; call it once, after the last was added. */
  async *sorted(): AsyncGenerator<R[]> {
    let left = this.#wanted
    for await (const block of this.#all()) {
      yield block.length > left ? block.slice(0, left) : block
      left -= block.length
      if (left <= 0) return
    }
  }

  async *#all(): AsyncGenerator<R[]> {
    const {compare} = this.#settings
    if (this.#runs.length === 0) {
      const records = this.#waiting.sort(compare)
      this.#waiting = []
      for (let at = 0; at < records.length; at += BLOCK_RECORDS) yield records.slice(at, at + BLOCK_RECORDS)
      return
    }
    if (this.#waiting.length > 0) await this.spill()
    while (this.#runs.length > MOST_RUNS) await this.#mergeSome()
    try {
      yield* mergeSorted(this.#reading(this.#runs), compare, BLOCK_RECORDS)
    } finally {
      await this.close()
    }
  }

  /** Merges neighbouring runs, which keeps the sort stable. */
  async #mergeSome(): Promise<void> {
    const runs = this.#runs
    const merged: SpilledBlocks<S>[] = []
    for (let at = 0; at < runs.length; at += MOST_RUNS) {
      const some = runs.slice(at, at + MOST_RUNS)
      const one = new SpilledBlocks<S>(this.#settings.owner)
      this.#runs = [...merged, one, ...runs.slice(at)]
      for await (const block of mergeSorted(this.#reading(some), this.#settings.compare, this.#blockRecords()))
        await one.append(block.map(this.#settings.encode))
      for (const run of some) await run.close()
      merged.push(one)
    }
    this.#runs = merged
  }

  #reading(runs: readonly SpilledBlocks<S>[]): AsyncGenerator<R[]>[] {
    const {decode} = this.#settings
    return runs.map(async function* (run) {
      for await (const block of run.read()) yield block.map(decode)
    })
  }

  /** Frees memory and disk. */
  async close(): Promise<void> {
    this.#waiting = []
    const runs = this.#runs
    this.#runs = []
    for (const run of runs) await run.close()
  }
}
