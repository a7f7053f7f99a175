import type {FileInfo} from './file-system.ts'
import {call, infoOf, openStorage, type Resource, type StorageClient, tracked} from './gcs-client.ts'
import type {GcsPath} from './gcs-path.ts'

/** What an upload says of its object before the first byte. */
export interface UploadStart {
  readonly size: number
  /** The service refuses other bytes. */
  readonly crc32c: string
  readonly contentType: string
  /** The generation that the upload may replace; `'0'`: there must be no object. */
  readonly generation: string
}

/** How far an upload is: the object, once it is complete, or the bytes that the service has kept. */
export type UploadState = {object: FileInfo} | {object?: undefined; kept: number}

/** The calls of Cloud Storage that writing needs. Each is one HTTP request, without the client's own retries. */
export interface GcsUploadClient {
  /** Needs storage.objects.create, and to replace an object storage.objects.delete. Gives the address of the upload. */
  start(path: GcsPath, start: UploadStart, signal: AbortSignal): Promise<string>
  /** Sends bytes from offset `at` on; those that end at `size` complete the object. */
  put(
    path: GcsPath,
    session: string,
    bytes: Buffer,
    at: number,
    size: number,
    signal: AbortSignal,
  ): Promise<UploadState>
  /** Asks how far the upload is. */
  state(path: GcsPath, session: string, size: number, signal: AbortSignal): Promise<UploadState>
  /** Ends an upload that is not complete; one that is, or is unknown, is left. */
  cancel(path: GcsPath, session: string, signal: AbortSignal): Promise<void>
  /** Needs storage.objects.delete. */
  remove(path: GcsPath, generation: string, signal: AbortSignal): Promise<void>
}

interface Reply {
  body: unknown
  status: number
  headers: Record<string, string | undefined>
}

/** Opens Cloud Storage for writing, by the official client: its requests, but not its upload, which loses last replies. */
export async function openGcsUploads(client: StorageClient | undefined): Promise<GcsUploadClient> {
  const {storage, ready} = await openStorage(client)

  const request = (path: GcsPath, options: object, signal: AbortSignal): Promise<Reply> =>
    call(signal, async http => {
      await ready()
      const bucket = tracked(storage.bucket(path.bucket), http)
      return new Promise<Reply>((resolve, reject) => {
        const answered = (error: unknown, body: unknown, response: unknown) => {
          const given = response ?? (error as {response?: unknown} | null)?.response
          const {statusCode = 0, headers = {}} = (given ?? {}) as {statusCode?: number; headers?: Reply['headers']}
          // 308 is an answer here: go on with the upload
          if (error && statusCode !== 308) reject(error)
          else resolve({body, status: statusCode, headers})
        }
        bucket.request(options as never, answered as never)
      })
    })

  const send = async (path: GcsPath, session: string, range: string, bytes: Buffer, signal: AbortSignal) => {
    const headers = {'content-range': range, 'content-length': String(bytes.length)}
    const reply = await request(path, {method: 'PUT', uri: session, headers, body: bytes}, signal)
    if (reply.status !== 308) return {object: infoOf(path.bucket, reply.body as Resource)}
    const last = /^bytes=0-(\d+)$/.exec(reply.headers['range'] ?? '')?.[1]
    return {kept: last === undefined ? 0 : Number(last) + 1}
  }

  return {
    async start(path, {size, crc32c, contentType, generation}, signal) {
      const {headers} = await request(
        path,
        {
          method: 'POST',
          uri: `${storage.apiEndpoint}/upload/storage/v1/b/${encodeURIComponent(path.bucket)}/o`,
          qs: {uploadType: 'resumable', name: path.name, ifGenerationMatch: generation},
          headers: {'x-upload-content-type': contentType, 'x-upload-content-length': String(size)},
          json: {name: path.name, contentType, crc32c},
        },
        signal,
      )
      const {location} = headers
      if (!location) throw Object.assign(new Error('the answer to the start of an upload has no Location'), {code: 502})
      return location
    },
    put: (path, session, bytes, at, size, signal) => {
      const range = size === 0 ? 'bytes */0' : `bytes ${at}-${at + bytes.length - 1}/${size}`
      return send(path, session, range, bytes, signal)
    },
    state: (path, session, size, signal) => send(path, session, `bytes */${size}`, Buffer.alloc(0), signal),
    async cancel(path, session, signal) {
      const options = {method: 'DELETE', uri: session, headers: {'content-length': '0'}}
      await request(path, options, signal).catch(error => {
        // 499 is the answer to what is cancelled
        if (![404, 410, 499].includes(Number((error as {code?: unknown} | null)?.code))) throw error
      })
    },
    async remove(path, generation, signal) {
      const uri = `/o/${encodeURIComponent(path.name)}`
      await request(path, {method: 'DELETE', uri, qs: {ifGenerationMatch: generation}}, signal)
    },
  }
}
