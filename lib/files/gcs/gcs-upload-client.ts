import type {FileInfo} from '../system/file-system.ts'
import {type SentObject, uploadedObject} from './gcs-answers.ts'
import {openStorage, type StorageClient} from './gcs-client.ts'
import type {GcsPath} from './gcs-path.ts'
import {type GcsReply, gcsRequest, type OpenStorage, unexpectedGcs} from './gcs-request.ts'

const GOOGLE = '.googleapis.com'

/** What an upload declares about its object before the first byte; the service refuses bytes with another CRC32C. */
export interface UploadStart extends SentObject {
  readonly contentType: string
  /** The generation that the upload may replace; `'0'`: no object may exist. */
  readonly generation: string
}

/** The progress of an upload: the object, once it is complete, or the number of bytes that the service has stored. */
export type UploadState = {object: FileInfo} | {object?: undefined; kept: number}

/** The calls of Cloud Storage that writing needs. Each is one HTTP request, without the client's own retries. */
export interface GcsUploadClient {
  /**
   * Needs storage.objects.create, and storage.objects.delete to replace an object. Returns the URL of the upload session.
   */
  start(path: GcsPath, start: UploadStart, signal: AbortSignal): Promise<string>
  /** Sends bytes from offset `at` on; bytes that end at the object's size complete it. */
  put(
    path: GcsPath,
    session: string,
    bytes: Buffer,
    at: number,
    sent: SentObject,
    signal: AbortSignal,
  ): Promise<UploadState>
  /** Asks for the progress of the upload. */
  state(path: GcsPath, session: string, sent: SentObject, signal: AbortSignal): Promise<UploadState>
  /** Ends an incomplete upload; one that is complete or unknown is left alone. */
  cancel(path: GcsPath, session: string, signal: AbortSignal): Promise<void>
  /** Needs storage.objects.delete. */
  remove(path: GcsPath, generation: string, signal: AbortSignal): Promise<void>
}

/** An upload that was started. */
interface Upload {
  readonly path: GcsPath
  readonly session: string
  readonly sent: SentObject
}

/** Opens Cloud Storage for writing with the official client: its requests, but not its upload, which loses final replies. */
export async function openGcsUploads(client: StorageClient | undefined): Promise<GcsUploadClient> {
  return new GcsUploads(await openStorage(client))
}

class GcsUploads implements GcsUploadClient {
  readonly #open: OpenStorage

  constructor(open: OpenStorage) {
    this.#open = open
  }

  async start(path: GcsPath, start: UploadStart, signal: AbortSignal): Promise<string> {
    const {size, crc32c, contentType, generation} = start
    const {apiEndpoint} = this.#open.storage
    const options = {
      method: 'POST',
      uri: `${apiEndpoint}/upload/storage/v1/b/${encodeURIComponent(path.bucket)}/o`,
      qs: {uploadType: 'resumable', name: path.name, ifGenerationMatch: generation},
      headers: {'x-upload-content-type': contentType, 'x-upload-content-length': String(size)},
      json: {name: path.name, contentType, crc32c},
    }
    const named = 'the start of an upload'
    const reply = await gcsRequest(this.#open, {named, bucket: path.bucket, options}, signal)
    return sessionOf(named, reply, apiEndpoint)
  }

  put(path: GcsPath, session: string, bytes: Buffer, at: number, sent: SentObject, signal: AbortSignal) {
    const {size} = sent
    const end = at + bytes.length
    const range = size === 0 ? 'bytes */0' : `bytes ${at}-${end - 1}/${size}`
    return this.#send({path, session, sent}, range, bytes, end, signal)
  }

  state(path: GcsPath, session: string, sent: SentObject, signal: AbortSignal) {
    return this.#send({path, session, sent}, `bytes */${sent.size}`, Buffer.alloc(0), sent.size, signal)
  }

  async #send(
    {path, session, sent}: Upload,
    range: string,
    bytes: Buffer,
    end: number,
    signal: AbortSignal,
  ): Promise<UploadState> {
    const headers = {'content-range': range, 'content-length': String(bytes.length)}
    const options = {method: 'PUT', uri: session, headers, body: bytes}
    const request = {named: 'the upload', bucket: path.bucket, options, uploading: true}
    const reply = await gcsRequest(this.#open, request, signal)
    return reply.status === 308 ? {kept: keptOf(reply, end, sent.size)} : {object: uploadedObject(reply, path, sent)}
  }

  async cancel({bucket}: GcsPath, session: string, signal: AbortSignal): Promise<void> {
    const options = {method: 'DELETE', uri: session, headers: {'content-length': '0'}}
    const request = {named: 'the end of an upload', bucket, options, uploading: true}
    await gcsRequest(this.#open, request, signal).catch(error => {
      // a cancelled upload answers 499
      if (![404, 410, 499].includes(Number((error as {code?: unknown} | null)?.code))) throw error
    })
  }

  async remove({bucket, name}: GcsPath, generation: string, signal: AbortSignal): Promise<void> {
    const options = {method: 'DELETE', uri: `/o/${encodeURIComponent(name)}`, qs: {ifGenerationMatch: generation}}
    const reply = await gcsRequest(this.#open, {named: 'objects.delete', bucket, options}, signal)
    // a redirect turns a DELETE into a GET
    const isEmpty = reply.status === 204 || isBlank(reply.body)
    if (!isEmpty || reply.redirect !== undefined) throw unexpectedGcs('objects.delete', 'it is not empty', reply)
  }
}

/** The URL of an upload session that has been started. */
function sessionOf(named: string, reply: GcsReply, endpoint: string): string {
  const {location} = reply.headers
  if (!location || !URL.canParse(location)) throw unexpectedGcs(named, 'it has no `Location` for the bytes', reply)
  const [{hostname}, asked] = [new URL(location), new URL(endpoint)]
  // the bytes are sent there, with the job's token
  if (asked.hostname.endsWith(GOOGLE) && !hostname.endsWith(GOOGLE))
    throw unexpectedGcs(named, `it sends the bytes to ${hostname}, which is not Google's`, reply)
  if (typeof reply.body === 'string' && /html/i.test(reply.contentType ?? '') && !isBlank(reply.body))
    throw unexpectedGcs(named, 'it is a page', reply)
  return location
}

/** How many bytes of an unfinished upload the service has stored, at most `sent`. */
function keptOf(reply: GcsReply, sent: number, size: number): number {
  const {range} = reply.headers
  if (range === undefined) return 0
  const last = /^bytes=0-(\d+)$/.exec(range)?.[1]
  const wrong = (problem: string) => unexpectedGcs('the upload', problem, reply)
  if (last === undefined) throw wrong(`its range is '${range}'`)
  const kept = Number(last) + 1
  if (kept > sent) throw wrong(`it reports ${kept} bytes, but ${sent} were sent`)
  if (kept === size) throw wrong('it reports every byte, but calls the upload unfinished')
  return kept
}

/** Some servers answer with an empty object. */
function isBlank(body: unknown): boolean {
  if (typeof body === 'object' && body !== null) return Object.keys(body).length === 0
  return body === undefined || body === null || (typeof body === 'string' && body.trim() === '')
}
