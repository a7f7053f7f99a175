import {type FileHandle, open} from 'node:fs/promises'
import {pipeline} from 'node:stream/promises'
import {createGzip, type Gzip} from 'node:zlib'
import {Crc32c} from '../util/index.ts'

/** Characters that are gathered before they are written, over all shards. */
export const GATHER = 256 * 1024

export interface ShardFileOptions {
  readonly gzip: boolean
  /** Keep a CRC32C of the stored bytes. */
  readonly checksum: boolean
  /** Characters that are gathered before they are written. */
  readonly gather: number
  /** Where text becomes bytes; one shard at a time writes. */
  readonly scratch: Buffer
  /** Called with the number of bytes that went to the disk. */
  readonly onBytes: (count: number) => void
}

/** One shard while it is written: a temporary file, zipped if need be. */
export class ShardFile {
  readonly path: string
  /** Records so far; kept by who needs it. */
  records = 0
  /** Bytes so far, before compression; kept by who needs it. */
  bytes = 0
  /** Bytes on the disk. */
  size = 0
  readonly #handle: FileHandle
  readonly #onBytes: (count: number) => void
  readonly #scratch: Buffer
  readonly #gather: number
  readonly #crc: Crc32c | undefined
  readonly #gzip: Gzip | undefined
  readonly #zipped: Promise<void> | undefined
  #pending = ''

  private constructor(path: string, handle: FileHandle, options: ShardFileOptions) {
    this.path = path
    this.#handle = handle
    this.#onBytes = options.onBytes
    this.#scratch = options.scratch
    this.#gather = options.gather
    this.#crc = options.checksum ? new Crc32c() : undefined
    if (!options.gzip) return
    this.#gzip = createGzip()
    this.#zipped = pipeline(this.#gzip, async (bytes: AsyncIterable<Buffer>) => {
      for await (const chunk of bytes) await this.#store(chunk)
    })
    // whoever writes or closes is told
    this.#zipped.catch(() => {})
  }

  static async create(path: string, options: ShardFileOptions): Promise<ShardFile> {
    return new ShardFile(path, await open(path, 'wx'), options)
  }

  /** CRC32C of what is on the disk, in base64. */
  get crc32c(): string {
    return this.#crc?.base64() ?? ''
  }

  /** True when there is enough to write. */
  get isReady(): boolean {
    return this.#pending.length >= this.#gather
  }

  /** Takes text; it is not on the disk before `write()` or `close()`. */
  add(text: string): void {
    this.#pending += text
  }

  /** Writes what was taken. */
  async write(): Promise<void> {
    if (this.#pending === '') return
    const bytes = this.#encode(this.#pending)
    this.#pending = ''
    if (!this.#gzip) return this.#store(bytes)
    const gzip = this.#gzip
    const written = new Promise<void>((resolve, reject) =>
      gzip.write(bytes, error => (error ? reject(error) : resolve())),
    )
    // a write that is under way when the other end fails is not always answered
    await Promise.race([written, this.#zipped])
  }

  /** Writes the rest and closes; with `sync`, it is on the disk then. */
  async close(sync: boolean): Promise<void> {
    await this.write()
    this.#gzip?.end()
    await this.#zipped
    if (sync) await this.#handle.sync()
    await this.#handle.close()
  }

  /** Gives up; the file itself is removed by who made it. */
  destroy(): void {
    this.#gzip?.destroy()
    this.#handle.close().catch(() => {})
  }

  /** A buffer for each write, hundreds of MB in all, would have the garbage collector go through the heap again and again. */
  #encode(text: string): Buffer {
    const scratch = this.#scratch
    return text.length * 3 > scratch.length ? Buffer.from(text) : scratch.subarray(0, scratch.write(text))
  }

  async #store(bytes: Buffer): Promise<void> {
    await this.#handle.writeFile(bytes)
    this.#crc?.update(bytes)
    this.size += bytes.length
    this.#onBytes(bytes.length)
  }
}
