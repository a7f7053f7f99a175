import {createReadStream, rmSync} from 'node:fs'
import {open, rename} from 'node:fs/promises'
import {pipeline} from 'node:stream/promises'
import {Crc32c} from '../util/index.ts'
import {ShardFile, type ShardFileOptions} from './shard-file.ts'

/**
 * A shard among many: its file is open only while something is written to it, and is compressed when it is closed. So
 * neither descriptors nor compressors' memory grow with the number of files.
 */
export class SpooledFile extends ShardFile {
  #begun = false
  #destroyed = false

  constructor(path: string, options: ShardFileOptions) {
    super(path, options)
    if (options.checksum) this.crc = new Crc32c()
  }

  override async write(): Promise<void> {
    const text = this.take()
    if (text === '' && this.#begun) return
    const bytes = Buffer.from(text)
    const handle = await open(this.path, this.#begun ? 'a' : 'wx')
    this.#begun = true
    try {
      await handle.writeFile(bytes)
    } finally {
      await handle.close()
      this.#removeIfLate(this.path)
    }
    if (!this.options.compressor) this.count(bytes)
  }

  override async close(sync: boolean): Promise<void> {
    await this.write()
    await this.#compress()
    if (!sync) return
    const handle = await open(this.path, 'r+')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  override destroy(): void {
    this.#destroyed = true
  }

  /** Beside itself, under a name that the clean-up of a later run knows too. */
  async #compress(): Promise<void> {
    const {compressor} = this.options
    if (!compressor) return
    const packed = `${this.path.replace(/\.tmp$/, '')}.packed.tmp`
    const handle = await open(packed, 'wx')
    try {
      await pipeline(createReadStream(this.path), compressor.create(), async (bytes: AsyncIterable<Buffer>) => {
        for await (const chunk of bytes) {
          if (this.#destroyed) throw new Error('the sink was destroyed')
          await handle.writeFile(chunk)
          this.count(chunk)
        }
      })
      await handle.close()
      await rename(packed, this.path)
    } catch (error) {
      await handle.close().catch(() => {})
      rmSync(packed, {force: true})
      throw error
    } finally {
      this.#removeIfLate(this.path)
    }
  }

  /** After the clean-up a file would stay. */
  #removeIfLate(path: string): void {
    if (this.#destroyed) rmSync(path, {force: true})
  }
}
