import {hashOf} from './hash.ts'
import {heapSizeOf} from './heap-size.ts'
import {SpilledBlocks, type SpillOwner} from './spilled-blocks.ts'

/** A record on its way to disk: a key as a Map takes it, and plain data. */
export type Keyed<V> = readonly [key: string | number, value: V]

/** Few enough for a buffer each, many enough that one holds a small part of what did not fit into memory. */
const PARTITIONS = 64
/** Records of a partition wait until they are this many, or this large in all. */
const BLOCK_RECORDS = 2000
const BLOCK_BYTES = 256 * 1024
/** How often a record is measured: its size is assumed of those that follow. */
const SAMPLE = 64

/** Records on disk by a hash of their key: those of one key are in one partition, in the order in which they came. */
export class Partitions<V> {
  readonly #owner: SpillOwner
  /** Which hash it is: partitions that are split again take the next. */
  readonly level: number
  readonly #waiting: Keyed<V>[][]
  readonly #files: (SpilledBlocks<Keyed<V>> | undefined)[]
  /** Partitions with a block that is ready to be written. */
  #full: number[] = []
  #added = 0
  #recordBytes = 0
  #blockRecords = BLOCK_RECORDS

  constructor(owner: SpillOwner, level = 0) {
    this.#owner = owner
    this.level = level
    this.#waiting = Array.from({length: PARTITIONS}, () => [])
    this.#files = new Array<undefined>(PARTITIONS)
  }

  /** Adds a record; call {@link flush} when `full`. */
  add(key: string | number, value: V): void {
    const at = hashOf(key, this.level) % PARTITIONS
    const record: Keyed<V> = [key, value]
    if (this.#added++ % SAMPLE === 0) this.#measure(record)
    // the size of blocks changes: a partition may have more than that already
    if (this.#waiting[at]!.push(record) >= this.#blockRecords) this.#full.push(at)
  }

  #measure(record: Keyed<V>): void {
    const bytes = heapSizeOf([record])
    // quick to see larger records, slow to forget them
    this.#recordBytes = Math.max(bytes, this.#recordBytes * 0.9)
    const fits = Math.floor(BLOCK_BYTES / this.#recordBytes)
    this.#blockRecords = Math.max(1, Math.min(BLOCK_RECORDS, fits))
  }

  /** True when a block is waiting to be written. */
  get full(): boolean {
    return this.#full.length > 0
  }

  /** Writes the blocks that are full, or all that is waiting. */
  async flush(all = false): Promise<void> {
    const due = all ? this.#waiting.keys() : this.#full
    this.#full = []
    for (const at of due) {
      const records = this.#waiting[at]!
      if (records.length === 0) continue
      this.#waiting[at] = []
      this.#files[at] ??= new SpilledBlocks(this.#owner)
      await this.#files[at].append(records)
    }
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#files.reduce((sum, file) => sum + (file?.bytes ?? 0), 0)
  }

  /** The partitions in turn, each with its records in blocks; the disk space of one is freed after it. */
  async *read(): AsyncGenerator<AsyncGenerator<Keyed<V>[]>> {
    await this.flush(true)
    for (const [at, file] of this.#files.entries()) {
      if (!file) continue
      yield file.read()
      this.#files[at] = undefined
      await file.close()
    }
  }

  /** Frees the disk space. */
  async close(): Promise<void> {
    for (const file of this.#files.splice(0)) await file?.close()
  }
}
