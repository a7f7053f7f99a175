import type {Compressor} from '../codecs/write-compression.ts'
import type {ShardNames} from '../system/shard-names.ts'
import type {FinishedShard} from '../system/shard-store.ts'
import type {RecordFormat} from './record-format.ts'
import {PIECE, type ShardFile} from './shard-file.ts'
import type {FileWriteSettings} from './write-options.ts'

/** What the files of a sink share. */
export interface FileSetTools {
  readonly settings: FileWriteSettings
  /** Creates a temporary file, which is not on the disk yet. */
  create(compressor: Compressor | undefined): ShardFile
  /** Awaits work on a temporary file; a failure becomes the sink's error. */
  disk(file: ShardFile, work: Promise<void>): Promise<void>
  /** True if temporary files must be synced to the disk before they become final. */
  readonly sync: boolean
  /** The content type of uncompressed files. */
  readonly contentType: string
}

/** The files of one destination while they are being written. */
export class FileSet<I> {
  readonly names: ShardNames
  readonly #format: RecordFormat<I>
  readonly #compressor: Compressor | undefined
  readonly #tools: FileSetTools
  /** The shards that take records. */
  readonly #open: ShardFile[] = []
  /** Full shards, in order. */
  readonly #full: ShardFile[] = []
  #next = 0
  #closing = 0

  constructor(names: ShardNames, format: RecordFormat<I>, compressor: Compressor | undefined, tools: FileSetTools) {
    this.names = names
    this.#format = format
    this.#compressor = compressor
    this.#tools = tools
  }

  /** Takes records if there is one shard without limits: then nothing is counted. */
  async writeAll(values: readonly I[]): Promise<void> {
    const format = this.#format
    let text = ''
    for (const value of values) {
      text += format.record(value)
      if (text.length < PIECE) continue
      const written = this.#give(text)
      if (written) await written
      text = ''
    }
    if (text !== '') await this.#give(text)
  }

  #give(text: string): Promise<void> | undefined {
    const open = this.#open[0]
    const shard = open ?? this.#begin(0)
    shard.add(open ? text : text.slice(this.#format.lead))
    return shard.isReady ? this.#tools.disk(shard, shard.write()) : undefined
  }

  /** Takes a record, for the shards in turn or one after the other; returns a promise if something must be written. */
  add(value: I): Promise<void> | undefined {
    const {maxRecords, maxBytes, numShards} = this.#tools.settings
    const index = this.#next
    const text = this.#format.record(value)
    const shard = this.#open[index] ?? this.#begin(index)
    if (++this.#next === numShards) this.#next = 0
    const length = maxBytes === Number.MAX_SAFE_INTEGER ? 0 : Buffer.byteLength(text)
    const full = shard.records >= maxRecords || (shard.records > 0 && shard.bytes + length + this.#closing > maxBytes)
    if (full) return this.#turn(index, text, length)
    return this.#put(shard, text, length)
  }

  #put(shard: ShardFile, text: string, length: number): Promise<void> | undefined {
    const {lead} = this.#format
    const first = shard.records === 0 && lead > 0
    shard.add(first ? text.slice(lead) : text)
    shard.records++
    shard.bytes += length
    return shard.isReady ? this.#tools.disk(shard, shard.write()) : undefined
  }

  /** Closes a full shard and gives the record to the next one. */
  async #turn(index: number, text: string, length: number): Promise<void> {
    const shard = this.#open[index]!
    await this.#close(shard)
    this.#full.push(shard)
    await this.#put(this.#begin(index), text, length)
  }

  /** Opens the shard that takes records at `index`. */
  #begin(index: number): ShardFile {
    const shard = this.#tools.create(this.#compressor)
    this.#open[index] = shard
    const header = this.#format.header()
    this.#closing = Buffer.byteLength(this.#format.footer())
    shard.add(header)
    shard.bytes = Buffer.byteLength(header)
    return shard
  }

  /** Shards with text that waits to be written. */
  waiting(): ShardFile[] {
    return this.#open.filter(shard => shard.isWaiting)
  }

  /** Opens the shards that no record has reached. */
  complete(): void {
    for (let i = this.#open.length; i < this.#tools.settings.numShards; i++) this.#begin(i)
  }

  /** Writes everything that remains. */
  async close(): Promise<void> {
    for (const shard of this.#open) await this.#close(shard)
  }

  /** The shards under their final names, now that their count is known. */
  finished(): FinishedShard[] {
    const files = [...this.#full, ...this.#open]
    const contentType = this.#compressor?.contentType ?? this.#tools.contentType
    return files.map(({path: local, size, crc32c}, i) => ({
      local,
      path: this.names.name(i, files.length),
      size,
      crc32c,
      contentType,
    }))
  }

  destroy(): void {
    for (const shard of [...this.#full, ...this.#open]) shard.destroy()
  }

  async #close(shard: ShardFile): Promise<void> {
    shard.add(this.#format.footer())
    await this.#tools.disk(shard, shard.close(this.#tools.sync))
  }
}
