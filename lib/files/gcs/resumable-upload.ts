import {type FileHandle, open} from 'node:fs/promises'
import {systemClock} from '../../core/index.ts'
import {SluiceError} from '../../errors/index.ts'
import {existsError} from '../system/exists-error.ts'
import type {FileInfo} from '../system/file-system.ts'
import {withDeadline, withRetries} from './gcs-call.ts'
import {classify} from './gcs-errors.ts'
import {type GcsPath, gcsPath} from './gcs-path.ts'
import type {GcsUploadClient, UploadStart, UploadState} from './gcs-upload-client.ts'
import {gaveUpWriting, writeError} from './gcs-write-errors.ts'
import {type Contact, type ReadPolicy, Retries} from './read-policy.ts'

/** Milliseconds that cleaning up after a failure tries to get further: the failure waits for it. */
const ABANDON_FOR = 10_000

/** What an upload works with. */
interface UploadTools {
  readonly client: GcsUploadClient
  /** The object that has this name now. */
  readonly lookUp: (path: GcsPath, signal: AbortSignal) => Promise<FileInfo | undefined>
  readonly policy: ReadPolicy
  readonly contact: Contact
  /** Bytes a request, a multiple of 256 KiB. */
  readonly chunkSize: number
  readonly signal: AbortSignal
}

/**
 * Uploads a local file in chunks; the object is there when the last one is, and not before.
 *
 * After a failure the service is asked how far it is. A session that is gone begins anew from the file; but first, when the
 * last chunk had been sent, the object is looked up: its reply may have been lost. What was uploaded is compared by size
 * and CRC32C, by the service. An upload that fails for good or is aborted is cancelled, and an object that it may have made
 * all the same is removed.
 */
export async function resumableUpload(
  local: string,
  path: GcsPath,
  start: UploadStart,
  tools: UploadTools,
): Promise<FileInfo> {
  const file = await open(local)
  try {
    const upload = new Upload(file, path, start, tools)
    return await upload.run().catch(async error => {
      await upload.abandon()
      throw error
    })
  } finally {
    await file.close()
  }
}

class Upload {
  readonly #file: FileHandle
  readonly #path: GcsPath
  readonly #start: UploadStart
  readonly #tools: UploadTools
  readonly #retries: Retries
  #session: string | undefined
  /** Bytes that the service has, as far as we know. */
  #at = 0
  /** The most that it ever had. */
  #furthest = 0
  /** False after a failure: the service has to be asked. */
  #sure = true
  /** The last chunk was sent: the object may be there, whatever the answer was. */
  #maybeDone = false

  constructor(file: FileHandle, path: GcsPath, start: UploadStart, tools: UploadTools) {
    this.#file = file
    this.#path = path
    this.#start = start
    this.#tools = tools
    this.#retries = new Retries(gcsPath(path), tools.policy, tools.contact, gaveUpWriting)
  }

  async run(): Promise<FileInfo> {
    for (;;) {
      try {
        const done = await this.#step()
        if (done) return done
      } catch (error) {
        this.#tools.signal.throwIfAborted()
        const done = await this.#failed(error)
        if (done) return done
      }
    }
  }

  /** Leaves nothing of an upload that failed. The run may be aborted, this is not; what it cannot do expires in a week. */
  async abandon(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    const {client, contact, policy} = this.#tools
    const retries = {...policy, retryFor: Math.min(policy.retryFor, ABANDON_FOR)}
    // in real time, whatever the sink's clock is: the failure waits for it
    const deadlines = {...policy, clock: systemClock, stallTimeout: Math.min(policy.stallTimeout, ABANDON_FOR)}
    const {signal} = new AbortController()
    const call = (run: (inner: AbortSignal) => Promise<void>) => {
      const tries = new Retries(gcsPath(this.#path), retries, contact, gaveUpWriting)
      return withRetries(tries, deadlines, signal, run, failure => writeError(failure, this.#path, true))
    }
    try {
      await call(inner => client.cancel(this.#path, session, inner))
      // what was replaced cannot be brought back
      if (!this.#maybeDone || this.#start.generation !== '0') return
      const ours = await this.#lookUp(signal)
      if (ours) await call(inner => client.remove(this.#path, ours.generation ?? '0', inner))
    } catch {
      // the first failure is the one to tell
    }
  }

  /** One request, or two. */
  async #step(): Promise<FileInfo | undefined> {
    const {client, policy, signal} = this.#tools
    const once = <T>(run: (signal: AbortSignal) => Promise<T>) => withDeadline(policy, signal, run)
    if (this.#session === undefined) {
      this.#session = await once(inner => client.start(this.#path, this.#start, inner))
      this.#at = 0
      this.#sure = true
    }
    const session = this.#session
    const {size} = this.#start
    const before = this.#at
    const asked = !this.#sure
    let state: UploadState
    if (asked) state = await once(inner => client.state(this.#path, session, this.#start, inner))
    else {
      const bytes = await this.#read()
      if (before + bytes.length >= size) this.#maybeDone = true
      state = await once(inner => client.put(this.#path, session, bytes, before, this.#start, inner))
    }
    if (state.object) return state.object
    this.#sure = true
    this.#at = state.kept
    if (state.kept > this.#furthest) {
      this.#furthest = state.kept
      this.#retries.progress()
    } else if (!asked && state.kept <= before)
      throw Object.assign(new Error('the service kept nothing of what was sent'), {code: 503})
    return undefined
  }

  async #read(): Promise<Buffer> {
    const length = Math.min(this.#tools.chunkSize, this.#start.size - this.#at)
    const bytes = Buffer.allocUnsafe(length)
    let got = 0
    while (got < length) {
      const {bytesRead} = await this.#file.read(bytes, got, length - got, this.#at + got)
      if (bytesRead === 0)
        throw new SluiceError('ERR_SLUICE_WRITE', `the temporary file for ${gcsPath(this.#path)} was changed by others`)
      got += bytesRead
    }
    return bytes
  }

  async #failed(error: unknown): Promise<FileInfo | undefined> {
    if (error instanceof SluiceError) throw error
    const failure = classify(error)
    const {status} = failure
    const gone = status === 410 || (status === 404 && this.#session !== undefined)
    if ((gone || status === 412) && this.#maybeDone) {
      const ours = await this.#lookUp(this.#tools.signal)
      if (ours) return ours
    }
    if (status === 412) throw existsError([gcsPath(this.#path)], error)
    if (!gone && failure.kind !== 'transient') throw writeError(failure, this.#path)
    if (gone) this.#session = undefined
    else this.#sure = false
    await this.#retries.wait(failure, this.#tools.signal)
    return undefined
  }

  /** The object, if it is the one that we sent. */
  async #lookUp(signal: AbortSignal): Promise<FileInfo | undefined> {
    const found = await this.#tools.lookUp(this.#path, signal)
    const {size, crc32c, generation} = this.#start
    const same = found && found.size === size && found.crc32c === crc32c && found.generation !== generation
    return same ? found : undefined
  }
}
