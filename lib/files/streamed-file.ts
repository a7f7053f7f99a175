import type {FileHandle} from 'node:fs/promises'
import type {Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {Crc32c} from '../util/index.ts'
import {createFile, openFile, ShardFile, type ShardFileOptions} from './shard-file.ts'

/** A shard whose file stays open, and is compressed as it is written. */
export class StreamedFile extends ShardFile {
  readonly #compress: Transform | undefined
  readonly #stored: Promise<void> | undefined
  #handle: FileHandle | undefined
  #isDestroyed = false

  constructor(options: ShardFileOptions) {
    super(options)
    if (options.checksum) this.crc = new Crc32c()
    if (!options.compressor) return
    this.#compress = options.compressor.create()
    this.#stored = pipeline(this.#compress, async (bytes: AsyncIterable<Buffer>) => {
      for await (const chunk of bytes) await this.#store(chunk)
    })
    // whoever writes or closes is told
    this.#stored.catch(() => {})
  }

  override async write(): Promise<void> {
    this.#handle ??= await this.#open()
    const text = this.take()
    if (text === '') return
    const bytes = this.#encode(text)
    if (!this.#compress) return this.#store(bytes)
    const compress = this.#compress
    const written = new Promise<void>((resolve, reject) =>
      compress.write(bytes, error => (error ? reject(error) : resolve())),
    )
    // a write that is under way when the other end fails is not always answered
    await Promise.race([written, this.#stored])
  }

  override async close(sync: boolean): Promise<void> {
    await this.write()
    this.#compress?.end()
    await this.#stored
    if (sync) await this.#handle!.sync()
    await this.#handle!.close()
  }

  override destroy(): void {
    this.#isDestroyed = true
    this.#compress?.destroy()
    this.#handle?.close().catch(() => {})
  }

  async #open(): Promise<FileHandle> {
    if (this.#isDestroyed) throw new Error('the sink was destroyed')
    createFile(this.path)
    const handle = await openFile(this.path)
    if (!this.#isDestroyed) return handle
    await handle.close()
    throw new Error('the sink was destroyed')
  }

  /** A buffer for each write, hundreds of MB in all, would have the garbage collector go through the heap again and again. */
  #encode(text: string): Buffer {
    const {scratch} = this.options
    return text.length * 3 > scratch.length ? Buffer.from(text) : scratch.subarray(0, scratch.write(text))
  }

  async #store(bytes: Buffer): Promise<void> {
    await this.#handle!.writeFile(bytes)
    this.count(bytes)
  }
}
