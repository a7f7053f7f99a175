import {type FileHandle, open} from 'node:fs/promises'
import {systemClock} from '../../core/index.ts'
import {SluiceError} from '../../errors/index.ts'
import {existsError} from '../system/exists-error.ts'
import type {FileInfo} from '../system/file-system.ts'
import {classifyError, isRetried} from './classify-error.ts'
import {withDeadline, withRetries} from './gcs-call.ts'
import {gaveUpWriting} from './gcs-errors.ts'
import {type GcsPath, gcsPath} from './gcs-path.ts'
import type {GcsUploadClient, UploadStart, UploadState} from './gcs-upload-client.ts'
import {type Contact, type ReadPolicy, Retries} from './read-policy.ts'
import {toSluiceError} from './to-sluice-error.ts'

/** Milliseconds for which cleaning up after a failure is retried: the failure is reported only afterwards. */
const ABANDON_FOR = 10_000

/** What an upload needs. */
interface UploadTools {
  readonly client: GcsUploadClient
  /** The object that has this name at present. */
  readonly lookUp: (path: GcsPath, signal: AbortSignal) => Promise<FileInfo | undefined>
  readonly policy: ReadPolicy
  readonly contact: Contact
  /** Bytes per request, a multiple of 256 KiB. */
  readonly chunkSize: number
  readonly signal: AbortSignal
}

/**
 * Uploads a local file in chunks; the object exists once the last chunk has arrived, and not before.
 *
 * After a failure the service is asked for the progress. If the session is gone, the upload starts over from the file; but
 * if the last chunk had been sent, the object is looked up first, because the reply may have been lost. The service
 * compares what was uploaded by size and CRC32C. An upload that fails for good or is aborted is cancelled, and an object
 * that it may have created nevertheless is removed.
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
  /** Bytes that the service has stored, as far as we know. */
  #at = 0
  /** The most bytes it ever reported. */
  #furthest = 0
  /** False after a failure: the service must be asked. */
  #sure = true
  /** The last chunk was sent: the object may exist, whatever the answer was. */
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

  /**
   * Removes everything of an upload that failed. Goes on even if the run is aborted; what it cannot remove expires in a
   * week.
   */
  async abandon(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    const {client, contact, policy} = this.#tools
    const retries = {...policy, retryFor: Math.min(policy.retryFor, ABANDON_FOR)}
    // real time, whatever the sink's clock: the failure is reported only afterwards
    const deadlines = {...policy, clock: systemClock, stallTimeout: Math.min(policy.stallTimeout, ABANDON_FOR)}
    const {signal} = new AbortController()
    const call = (run: (inner: AbortSignal) => Promise<void>) => {
      const tries = new Retries(gcsPath(this.#path), retries, contact, gaveUpWriting)
      return withRetries(tries, deadlines, signal, run, failure =>
        toSluiceError(failure, {doing: 'remove', path: this.#path}),
      )
    }
    try {
      await call(inner => client.cancel(this.#path, session, inner))
      // what was replaced cannot be restored
      if (!this.#maybeDone || this.#start.generation !== '0') return
      const ours = await this.#lookUp(signal)
      if (ours) await call(inner => client.remove(this.#path, ours.generation ?? '0', inner))
    } catch {
      // the first failure is the one to report
    }
  }

  /** Sends the next chunk, or after a failure asks for the progress. */
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
        throw new SluiceError(
          'ERR_SLUICE_WRITE',
          `the temporary file for ${gcsPath(this.#path)} was changed by something else`,
        )
      got += bytesRead
    }
    return bytes
  }

  async #failed(error: unknown): Promise<FileInfo | undefined> {
    if (error instanceof SluiceError) throw error
    const failure = classifyError(error)
    const {status} = failure
    const gone = status === 410 || (status === 404 && this.#session !== undefined)
    if ((gone || status === 412) && this.#maybeDone) {
      const ours = await this.#lookUp(this.#tools.signal)
      if (ours) return ours
    }
    if (status === 412) throw existsError([gcsPath(this.#path)], error)
    if (!gone && !isRetried(failure)) throw toSluiceError(failure, {doing: 'write', path: this.#path})
    if (gone) this.#session = undefined
    else this.#sure = false
    await this.#retries.wait(failure, this.#tools.signal)
    return undefined
  }

  /** The object, if it is the one we sent. */
  async #lookUp(signal: AbortSignal): Promise<FileInfo | undefined> {
    const found = await this.#tools.lookUp(this.#path, signal)
    const {size, crc32c, generation} = this.#start
    const same = found && found.size === size && found.crc32c === crc32c && found.generation !== generation
    return same ? found : undefined
  }
}
