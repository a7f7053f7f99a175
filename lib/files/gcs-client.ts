import type {Duplex, Readable} from 'node:stream'
import type {Bucket, Storage} from '@google-cloud/storage'
import type {Target} from '../core/index.ts'
import {badOption} from '../errors/index.ts'
import type {FileInfo} from './file-system.ts'
import {type GcsPath, gcsPath} from './gcs-path.ts'
import {HttpRequest} from './http-request.ts'

const VARIABLE = 'STORAGE_EMULATOR_HOST'
/** What we need to know of an object. */
const FIELDS = 'name,size,generation,crc32c,contentEncoding'

/** The ready client that connectors take: a `Storage` of `@google-cloud/storage`. */
export type StorageClient = Storage

/** One page of a listing. */
export interface GcsPage {
  readonly files: FileInfo[]
  readonly nextPageToken: string | undefined
}

/** The body of an object, from some byte on. */
export interface GcsBody {
  readonly stream: Readable
  /** Status and headers of the reply, once it is there. */
  reply(): {status: number; headers: Record<string, string>} | undefined
  /** Ends the request at once. */
  destroy(): void
}

/** The three calls of Cloud Storage that reading needs. Each is one HTTP request, without the client's own retries. */
export interface GcsClient {
  /** Needs storage.objects.list. */
  list(
    bucket: string,
    query: {prefix: string; delimiter?: string; pageToken?: string},
    signal: AbortSignal,
  ): Promise<GcsPage>
  /** Needs storage.objects.get. */
  stat(path: GcsPath, signal: AbortSignal): Promise<FileInfo>
  /** Needs storage.objects.get. The bytes as stored, not unzipped. */
  media(path: GcsPath, generation: string | undefined, start: number): GcsBody
}

/** Checks a `client` option. */
export function checkStorageClient(where: string, client: unknown): StorageClient | undefined {
  if (client === undefined) return undefined
  if (typeof (client as {bucket?: unknown} | null)?.bucket !== 'function')
    throw badOption(where, 'client', client, "a Storage of '@google-cloud/storage'")
  return client as StorageClient
}

/** Which Cloud Storage a connector with these options talks to. */
export function storageTarget(options: {client?: StorageClient | undefined}): Target {
  const {client} = options
  const host = client ? client.apiEndpoint : process.env[VARIABLE]
  const local = client ? isLoopback(host) : Boolean(host)
  return {service: 'storage', variable: VARIABLE, local, explicit: client !== undefined}
}

function isLoopback(endpoint: string | undefined): boolean {
  if (!endpoint || !URL.canParse(endpoint)) return false
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(endpoint).hostname)
}

/** The official client, and what must have been awaited before each call of it. */
export interface OpenStorage {
  readonly storage: Storage
  ready(): Promise<void>
}

/** Opens the official client, which is loaded now and not earlier. */
export async function openStorage(client: StorageClient | undefined): Promise<OpenStorage> {
  const storage = client ?? (await defaultClient())
  const needsCredentials = !client && !process.env[VARIABLE]
  // Without credentials the client would ask anonymously; a ready client may, for public buckets
  return {storage, ready: async () => void (needsCredentials && (await storage.authClient.getClient()))}
}

/** Opens Cloud Storage for reading. */
export async function openGcs(client: StorageClient | undefined): Promise<GcsClient> {
  const {storage, ready} = await openStorage(client)
  return {
    list: (bucket, query, signal) =>
      call(signal, async http => {
        await ready()
        const fields = `items(${FIELDS}),nextPageToken`
        const [items, next] = await tracked(storage.bucket(bucket), http).getFiles({
          ...query,
          fields,
          autoPaginate: false,
        })
        const files = (items as unknown as Resource[]).map(item => infoOf(bucket, item))
        return {files, nextPageToken: (next as {pageToken?: string} | null)?.pageToken}
      }),
    stat: (path, signal) =>
      call(signal, async http => {
        await ready()
        const [item] = await tracked(storage.bucket(path.bucket), http).file(path.name).getMetadata()
        return infoOf(path.bucket, item as Resource)
      }),
    media: (path, generation, start) => media(storage, path, generation, start),
  }
}

/** The client that the environment asks for. */
async function defaultClient(): Promise<Storage> {
  const {Storage} = await import('@google-cloud/storage')
  const given = process.env[VARIABLE]
  const projectId = process.env['GOOGLE_CLOUD_PROJECT'] || (given ? 'local-project' : undefined)
  // The client takes the variable as it stands for its base URL, and fails after a minute when it has no scheme.
  if (given && !/^https?:\/\//.test(given)) process.env[VARIABLE] = `http://${given}`
  else if (given === '') delete process.env[VARIABLE]
  try {
    return new Storage({...(projectId && {projectId}), retryOptions: {autoRetry: false}})
  } finally {
    if (given !== undefined) process.env[VARIABLE] = given
  }
}

/** What interceptors may change in a request, as far as we do. */
interface RequestOptions {
  headers?: Record<string, unknown>
  maxRetries?: number
}

/**
 * A bucket whose requests carry our mark and are not repeated by the client, whose switch for that is shared by all users
 * of one Storage, and which would repeat for a minute what can never succeed.
 */
export function tracked(bucket: Bucket, http: HttpRequest): Bucket {
  const request = (options: RequestOptions) => ({
    ...options,
    maxRetries: 0,
    headers: {...options.headers, ...http.headers},
  })
  bucket.interceptors.push({request: request as never})
  return bucket
}

/** Runs a call that answers with JSON; an abort ends it at once. */
export async function call<T>(signal: AbortSignal, run: (http: HttpRequest) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const http = new HttpRequest()
  let abort!: () => void
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      http.destroy()
      reject(signal.reason)
    }
  })
  signal.addEventListener('abort', abort, {once: true})
  try {
    return await Promise.race([run(http), aborted])
  } finally {
    signal.removeEventListener('abort', abort)
    if (!signal.aborted) http.release()
  }
}

/** An object as the service describes it. */
export interface Resource {
  name: string
  size?: string | number
  generation?: string | number
  crc32c?: string
  contentEncoding?: string
}

export function infoOf(bucket: string, item: Resource): FileInfo {
  return {
    path: gcsPath({bucket, name: item.name}),
    size: Number(item.size ?? 0),
    generation: item.generation === undefined ? undefined : String(item.generation),
    crc32c: item.crc32c,
    contentEncoding: item.contentEncoding,
  }
}

/** The reply as the client passes it on: a stream with the facts of the response. */
interface MediaResponse extends Duplex {
  statusCode: number
  headers: Record<string, string>
  request?: {agent?: unknown}
}

function media(storage: Storage, path: GcsPath, generation: string | undefined, start: number): GcsBody {
  const http = new HttpRequest()
  const file = tracked(storage.bucket(path.bucket), http).file(path.name, generation ? {generation} : {})
  const stream = file.createReadStream({validation: false, decompress: false, ...(start > 0 && {start})})
  let response: MediaResponse | undefined
  let cut = false
  let destroyed = false
  stream.on('response', (given: MediaResponse) => {
    response = given
    // On an error the client would destroy this agent, and with it the connections of every other reader.
    if (given.request) given.request.agent = undefined
    if (destroyed) given.destroy()
    else if (cut) given.end()
  })
  // The client waits for ever when the peer closes in mid-body: end the body here, what has arrived is still good.
  http.onCut = () => {
    cut = true
    response?.end()
  }
  // It may fail while nobody reads; the next read reports it.
  stream.on('error', () => {})
  stream.once('close', () => {
    if (!destroyed) http.release()
  })
  return {
    stream,
    reply: () => response && {status: response.statusCode, headers: response.headers},
    destroy() {
      destroyed = true
      stream.destroy()
      http.destroy()
    },
  }
}
