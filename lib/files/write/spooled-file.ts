import {createReadStream, rmSync} from 'node:fs'
import {pipeline} from 'node:stream/promises'
import {Crc32c} from '../../util/index.ts'
import {createFile, openFile, ShardFile, type ShardFileOptions} from './shard-file.ts'

/**
 * A shard among many: its file is open only during a write, and is compressed when it is closed, so neither descriptors nor
 * the memory of compressors grow with the number of files.
 */
export class SpooledFile extends ShardFile {
  #begun = false
  #destroyed = false

  constructor(options: ShardFileOptions) {
    super(options)
    if (options.checksum) this.crc = new Crc32c()
  }

  override async write(): Promise<void> {
    const text = this.take()
    if (text === '' && this.#begun) return
    if (this.#destroyed) throw new Error('the sink was destroyed')
    if (!this.#begun) createFile(this.path, this.options.mode())
    this.#begun = true
    const bytes = Buffer.from(text)
    const handle = await openFile(this.path)
    try {
      await handle.writeFile(bytes)
    } finally {
      await handle.close()
    }
    if (!this.options.compressor) this.count(bytes)
  }

  override async close(sync: boolean): Promise<void> {
    await this.write()
    if (this.options.compressor) return this.#compress(sync)
    if (!sync) return
    const handle = await openFile(this.path)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  override destroy(): void {
    this.#destroyed = true
  }

  /** Compresses into another temporary file, which replaces this one. */
  async #compress(sync: boolean): Promise<void> {
    if (this.#destroyed) throw new Error('the sink was destroyed')
    const plain = this.path
    this.path = this.options.temporary()
    createFile(this.path, this.options.mode())
    const handle = await openFile(this.path)
    try {
      await pipeline(
        createReadStream(plain),
        this.options.compressor!.create(),
        async (bytes: AsyncIterable<Buffer>) => {
          for await (const chunk of bytes) {
            if (this.#destroyed) throw new Error('the sink was destroyed')
            await handle.writeFile(chunk)
            this.count(chunk)
          }
        },
      )
      if (sync) await handle.sync()
    } finally {
      await handle.close()
    }
    rmSync(plain, {force: true})
  }
}
