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

/** How often a local checkpoint is synced to the disk, ms. */
const SYNC_EVERY = 1000

/** How many times as long as it takes to save a checkpoint nothing is saved after it. */
export const REST = 20

/** Where a checkpoint is kept: whole or not at all, and never over what somebody else has written. */
export interface CheckpointStore {
  /** The shortest time between two writes, ms. */
  readonly interval: number
  /** The text; undefined when there is none. */
  read(): Promise<string | undefined>
  /** Writes the text in place of what was read or written last; ERR_SLUICE_CHECKPOINT when that is not what is there. */
  write(text: string): Promise<void>
  /** Resolves when what was written last outlasts a loss of power too. */
  settled(): Promise<void>
}

/** The store of a path, local or on Cloud Storage. */
export function checkpointStore(
  path: string,
  options: {client: StorageClient | undefined; policy: ReadPolicy; signal: AbortSignal},
): CheckpointStore {
  return isGcs(path) ? new GcsStore(path, options) : new LocalStore(path)
}

/** The error for a checkpoint that another run has written. */
function takenError(path: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CHECKPOINT',
    `${path} was written by another run meanwhile. Two runs of one job at once would do everything twice: this one gives up. ` +
      'Run one at a time, or give each its own checkpoint and input',
    {cause},
  )
}

/**
 * Written so often that a process that is killed leaves hardly more unnoted than its requests in flight, and in one go: what is
 * written is small, and waiting for each step would take longer than all of them. On a slow disk it is written less often.
 */
class LocalStore implements CheckpointStore {
  #path: string
  /** Permissions of the file, which each that takes its place gets too. */
  #mode: number | undefined
  readonly #run = randomUUID()
  /** What tells the file from one that somebody else puts in its place. */
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
      // what a link leads to is replaced, not the link
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
      // the process may take permissions from new files
      if (this.#mode !== undefined) chmodSync(temporary, this.#mode)
      renameSync(temporary, this.#path)
    } catch (cause) {
      // whoever comes later removes the temporary files of those before
      if (this.#identity() !== this.#last) throw takenError(this.#path, cause)
      throw localWriteError(this.#path, cause)
    }
    this.#last = this.#identity()
    const now = performance.now()
    this.#took = now - from
    if (this.#syncing || now - this.#syncedAt < SYNC_EVERY) return
    this.#syncedAt = now
    // not waited for: it may take long, and nobody who is only killed needs it
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

  /** Removes what processes that were killed in mid-write have left. */
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

/** Makes a file outlast a loss of power, where the system can. */
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
  /** Cloud Storage takes one write a second of an object. */
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

  /** By way of a file, as every upload: so it survives lost replies and sessions. */
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
