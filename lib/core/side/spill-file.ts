import {randomBytes} from 'node:crypto'
import {type FileHandle, open, unlink} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {messageOf, SluiceError} from '../../errors/index.ts'

/** The position of a record in a {@link SpillFile}. */
export interface SpilledRecord {
  readonly offset: number
  readonly length: number
}

/**
 * Records that wait on disk, in an unnamed temporary file: it is unlinked as soon as it is open, and so disappears with the process,
 * however that ends. Its space is reused once everything in it has been read.
 */
export class SpillFile {
  readonly #stage: string
  readonly #option: string
  #file: Promise<FileHandle> | undefined
  #end = 0
  #records = 0
  #closed = false

  /** @param option what to raise so that less has to wait on disk, for error messages */
  constructor(stage: string, option = 'sideBufferBytes of the Pipeline') {
    this.#stage = stage
    this.#option = option
  }

  /** Appends a record; one call at a time. */
  async append(bytes: Uint8Array): Promise<SpilledRecord> {
    try {
      this.#file ??= openUnnamed()
      const file = await this.#file
      if (this.#records === 0) this.#end = 0
      const offset = this.#end
      this.#end += bytes.length
      this.#records++
      for (let at = 0; at < bytes.length; )
        at += (await file.write(bytes, at, bytes.length - at, offset + at)).bytesWritten
      return {offset, length: bytes.length}
    } catch (cause) {
      throw this.#failed('written', cause)
    }
  }

  /** Reads a record; each can be read once. */
  async take({offset, length}: SpilledRecord): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length)
    try {
      const file = await this.#file!
      for (let at = 0; at < length; ) {
        const {bytesRead} = await file.read(bytes, at, length - at, offset + at)
        if (bytesRead === 0) throw new Error('it ends too early')
        at += bytesRead
      }
    } catch (cause) {
      throw this.#failed('read', cause)
    }
    this.#records--
    return bytes
  }

  #failed(what: string, cause: unknown): SluiceError {
    return new SluiceError(
      what === 'read' ? 'ERR_SLUICE_READ' : 'ERR_SLUICE_WRITE',
      `${this.#stage}: its temporary file in ${tmpdir()} could not be ${what}: ${messageOf(cause)}. Make room there, point ` +
        `TMPDIR to another disk, or raise ${this.#option}`,
      {stage: this.#stage, cause},
    )
  }

  /** Frees the disk space; a call in flight fails. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const file = await this.#file?.catch(() => undefined)
    await file?.close()
  }
}

async function openUnnamed(): Promise<FileHandle> {
  const path = join(tmpdir(), `sluice-${process.pid}-${randomBytes(6).toString('hex')}.spill`)
  const file = await open(path, 'wx+', 0o600)
  try {
    await unlink(path)
  } catch (error) {
    await file.close()
    throw error
  }
  return file
}
