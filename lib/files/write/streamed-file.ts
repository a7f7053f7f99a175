import type {FileHandle} from 'node:fs/promises'
import type {Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {Crc32c} from '../../util/index.ts'
import {createFile, openFile, PIECE, ShardFile, type ShardFileOptions} from './shard-file.ts'

/** A shard whose file stays open and is compressed as it is written. */
export class StreamedFile extends ShardFile {
  readonly #compress: Transform | undefined
  readonly #stored: Promise<void> | undefined
  /**
   * A reused buffer for encoded text: a new Buffer for each write, hundreds of MB in all, would make the garbage collector
   * walk the heap over and over.
   */
  #bytes: Buffer | undefined
  #filled = 0
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
    // `write` and `close` report it
    this.#stored.catch(() => {})
  }

  override get isReady(): boolean {
    return this.#filled + this.pending >= this.options.gather
  }

  override get isWaiting(): boolean {
    return this.#filled > 0 || super.isWaiting
  }

  override add(text: string): void {
    super.add(text)
    if (this.pending >= PIECE) this.#encode()
  }

  override async write(): Promise<void> {
    this.#handle ??= await this.#open()
    this.#encode()
    const filled = this.#filled
    this.#filled = 0
    if (filled > 0) await this.#pass(this.#bytes!.subarray(0, filled))
    // a text that was too long for the buffer
    const rest = this.take()
    if (rest !== '') await this.#pass(Buffer.from(rest))
  }

  async #pass(bytes: Buffer): Promise<void> {
    if (!this.#compress) return this.#store(bytes)
    const compress = this.#compress
    const written = new Promise<void>((resolve, reject) =>
      compress.write(bytes, error => (error ? reject(error) : resolve())),
    )
    // a write in progress when the other end fails is not always answered
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
    createFile(this.path, this.options.mode())
    const handle = await openFile(this.path)
    if (!this.#isDestroyed) return handle
    await handle.close()
    throw new Error('the sink was destroyed')
  }

  /** Encodes what was taken, if the buffer has room for it. */
  #encode(): void {
    if (this.pending === 0) return
    this.#bytes ??= Buffer.allocUnsafeSlow(this.options.gather + 3 * PIECE)
    if (this.#bytes.length - this.#filled < 3 * this.pending) return
    this.#filled += this.#bytes.write(this.take(), this.#filled)
  }

  async #store(bytes: Buffer): Promise<void> {
    await this.#handle!.writeFile(bytes)
    this.count(bytes)
  }
}
