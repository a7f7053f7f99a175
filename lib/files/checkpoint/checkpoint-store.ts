import {randomUUID} from 'node:crypto'
import {chmodSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {mkdtemp, open, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {basename, dirname, join} from 'node:path'
import {messageOf, SluiceError} from '../../errors/index.ts'
import {Crc32c} from '../../util/index.ts'
import {openGcs, type StorageClient} from '../gcs/gcs-client.ts'
import {parseGcsPath} from '../gcs/gcs-path.ts'
import {openGcsUploads} from '../gcs/gcs-upload-client.ts'
import type {ReadPolicy} from '../gcs/read-policy.ts'
import {resumableUpload} from '../gcs/resumable-upload.ts'
import {localWriteError} from '../local/local-shards.ts'
import {checkReplaceable} from '../local/replace-file.ts'
import {Files, isGcs} from '../match/files.ts'
import type {FileInfo} from '../system/file-system.ts'

/** Milliseconds between syncs of a local checkpoint to the disk. */
const SYNC_EVERY = 1000

/** The pause after a save, as a multiple of the time that the save took. */
export const REST = 20

/** Where a checkpoint is kept. Writes are atomic, and never overwrite what another run has written. */
export interface CheckpointStore {
  /** The shortest time between two writes, in ms. */
  readonly interval: number
  /** The text; undefined if there is no checkpoint. */
  read(): Promise<string | undefined>
  /** Replaces what was read or written last; ERR_SLUICE_CHECKPOINT if something else is there now. */
  write(text: string): Promise<void>
  /** Resolves once the last write would survive a loss of power. */
  settled(): Promise<void>
}

/** The store of a path, local or on Cloud Storage. */
export function checkpointStore(
  path: string,
  options: {client: StorageClient | undefined; policy: ReadPolicy; signal: AbortSignal},
): CheckpointStore {
  return isGcs(path) ? new GcsStore(path, options) : new LocalStore(path)
}

/** The error for a checkpoint that another run has written in the meantime. */
function takenError(path: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CHECKPOINT',
    `${path} was written by another run in the meantime. Two concurrent runs of one job would do everything twice, so this one stops. ` +
      'Run one at a time, or give each its own checkpoint and input',
    {cause},
  )
}

/**
 * Written so often that a killed process loses track of hardly more than its requests in flight, and synchronously: the
 * text is small, and awaiting each step would take longer than all of them. On a slow disk it is written less often.
 */
class LocalStore implements CheckpointStore {
  #path: string
  /** Permissions of the file, kept by each replacement. */
  #mode: number | undefined
  readonly #run = randomUUID()
  /** Distinguishes the file from one that something else puts in its place. */
  #last: string | undefined
  #took = 0
  #syncedAt = 0
  #syncing: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  get interval(): number {
    return Math.max(1, REST * this.#took)
  }

  async read(): Promise<string | undefined> {
    this.#tidy()
    this.#last = this.#identity()
    if (this.#last === undefined) return undefined
    try {
      if (!statSync(this.#path).isDirectory()) this.#mode = checkReplaceable(this.#path)
      // replace the target of a link, not the link
      this.#path = realpathSync(this.#path)
      return await readFile(this.#path, 'utf8')
    } catch (cause) {
      throw cause instanceof SluiceError ? cause : unreadable(this.#path, cause)
    }
  }

  async write(text: string): Promise<void> {
    const from = performance.now()
    if (this.#identity() !== this.#last) throw takenError(this.#path)
    const temporary = join(dirname(this.#path), `${this.#prefix}${this.#run}.tmp`)
    try {
      writeFileSync(temporary, text, {mode: this.#mode})
      // the umask may remove permissions from new files
      if (this.#mode !== undefined) chmodSync(temporary, this.#mode)
      renameSync(temporary, this.#path)
    } catch (cause) {
      // a later run removes the temporary files of earlier ones
      if (this.#identity() !== this.#last) throw takenError(this.#path, cause)
      throw localWriteError(this.#path, cause)
    }
    this.#last = this.#identity()
    const now = performance.now()
    this.#took = now - from
    if (this.#syncing || now - this.#syncedAt < SYNC_EVERY) return
    this.#syncedAt = now
    // not awaited: it may take long, and only a loss of power makes it matter
    this.#syncing = sync(this.#path).finally(() => (this.#syncing = undefined))
  }

  async settled(): Promise<void> {
    await this.#syncing
    await sync(this.#path)
  }

  get #prefix(): string {
    return `.${basename(this.#path)}-`
  }

  #identity(): string | undefined {
    try {
      const found = statSync(this.#path, {bigint: true, throwIfNoEntry: false})
      return found && `${found.ino} ${found.mtimeNs}`
    } catch (cause) {
      throw unreadable(this.#path, cause)
    }
  }

  /** Removes what processes killed in the middle of a write have left. */
  #tidy(): void {
    const folder = dirname(this.#path)
    let names: string[]
    try {
      names = readdirSync(folder)
    } catch (cause) {
      throw localWriteError(this.#path, cause)
    }
    for (const name of names)
      if (name.startsWith(this.#prefix) && name.endsWith('.tmp')) rmSync(join(folder, name), {force: true})
  }
}

/** Makes a file survive a loss of power, where the system supports it. */
async function sync(path: string): Promise<void> {
  const file = await open(path).catch(() => undefined)
  await file?.datasync().catch(() => {})
  await file?.close()
}

function unreadable(path: string, cause: unknown): SluiceError {
  const folder = (cause as {code?: unknown} | null)?.code === 'EISDIR'
  const fix = folder ? 'It is a folder: give the path of a file' : 'Make it readable, or give another path'
  const message = `checkpoint ${path} could not be read: ${messageOf(cause)}. ${fix}`
  return new SluiceError('ERR_SLUICE_READ', message, {cause})
}

class GcsStore implements CheckpointStore {
  /** Cloud Storage accepts one write per second to an object. */
  readonly interval = 1000
  readonly #path: string
  readonly #options: {client: StorageClient | undefined; policy: ReadPolicy; signal: AbortSignal}
  readonly #contact = {made: false}
  #generation = '0'

  constructor(path: string, options: {client: StorageClient | undefined; policy: ReadPolicy; signal: AbortSignal}) {
    this.#path = path
    this.#options = options
  }

  async read(): Promise<string | undefined> {
    const {client, policy, signal} = this.#options
    const files = new Files({client, policy})
    let file: FileInfo | undefined
    try {
      ;[file] = await files.match(this.#path.replace(/[*?[\]{}\\]/g, '\\$&'), signal)
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'ERR_SLUICE_NO_MATCH') return undefined
      throw error
    }
    const chunks: Buffer[] = []
    for await (const chunk of files.open(file!, {signal})) chunks.push(chunk)
    this.#generation = file!.generation ?? '0'
    return Buffer.concat(chunks).toString()
  }

  async write(text: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
    try {
      const local = join(folder, 'checkpoint')
      await writeFile(local, text)
      const object = await this.#upload(local, Buffer.from(text))
      this.#generation = object.generation!
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'ERR_SLUICE_EXISTS') throw takenError(this.#path, error)
      throw error
    } finally {
      await rm(folder, {recursive: true, force: true})
    }
  }

  async settled(): Promise<void> {}

  /** Goes through a file, like every upload, so it survives lost replies and sessions. */
  async #upload(local: string, bytes: Buffer): Promise<FileInfo> {
    const {client, policy, signal} = this.#options
    const reading = await openGcs(client)
    const crc32c = new Crc32c().update(bytes).base64()
    const start = {size: bytes.length, crc32c, contentType: 'application/json', generation: this.#generation}
    return resumableUpload(local, parseGcsPath(this.#path), start, {
      client: await openGcsUploads(client),
      lookUp: place => reading.stat(place, signal).catch(() => undefined),
      policy,
      contact: this.#contact,
      chunkSize: 8 * 2 ** 20,
      signal,
    })
  }
}
