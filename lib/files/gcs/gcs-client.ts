import type {Duplex, Readable} from 'node:stream'
import type {Storage} from '@google-cloud/storage'
import type {Target} from '../../core/index.ts'
import {badOption} from '../../errors/index.ts'
import {environmentProject} from '../../util/index.ts'
import type {FileInfo} from '../system/file-system.ts'
import {type GcsPage, objectOf, PAGE_FIELDS, pageOf} from './gcs-answers.ts'
import type {GcsPath} from './gcs-path.ts'
import {gcsRequest, type OpenStorage, tracked} from './gcs-request.ts'
import {HttpRequest} from './http-request.ts'

const VARIABLE = 'STORAGE_EMULATOR_HOST'

/** The client that users may pass to connectors: a `Storage` of `@google-cloud/storage`. */
export type StorageClient = Storage

/** The body of an object, from a byte on. */
export interface GcsBody {
  readonly stream: Readable
  /** Status and headers of the reply, once it has arrived. */
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
  /** Needs storage.objects.get. The bytes as stored, not decompressed. */
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

/** Opens the official client, which is loaded only now. */
export async function openStorage(client: StorageClient | undefined): Promise<OpenStorage> {
  const storage = client ?? (await defaultClient())
  const needsCredentials = !client && !process.env[VARIABLE]
  // without credentials our client would ask anonymously; a client of the user's may, for public buckets
  return {storage, ready: async () => void (needsCredentials && (await storage.authClient.getClient()))}
}

/** Opens Cloud Storage for reading. */
export async function openGcs(client: StorageClient | undefined): Promise<GcsClient> {
  const open = await openStorage(client)
  return {
    async list(bucket, query, signal) {
      const options = {uri: '/o', qs: {...query, fields: PAGE_FIELDS}}
      return pageOf(await gcsRequest(open, {named: 'objects.list', bucket, options}, signal), bucket, query.prefix)
    },
    async stat(path, signal) {
      const options = {uri: `/o/${encodeURIComponent(path.name)}`}
      return objectOf(await gcsRequest(open, {named: 'objects.get', bucket: path.bucket, options}, signal), path)
    },
    media: (path, generation, start) => media(open.storage, path, generation, start),
  }
}

/** The client that the environment calls for. */
async function defaultClient(): Promise<Storage> {
  const {Storage} = await import('@google-cloud/storage')
  const given = process.env[VARIABLE]
  const projectId = environmentProject() ?? (given ? 'local-project' : undefined)
  // the client takes the variable verbatim as its base URL, and without a scheme it fails only after a minute
  if (given && !/^https?:\/\//.test(given)) process.env[VARIABLE] = `http://${given}`
  else if (given === '') delete process.env[VARIABLE]
  try {
    return new Storage({...(projectId && {projectId}), retryOptions: {autoRetry: false}})
  } finally {
    if (given !== undefined) process.env[VARIABLE] = given
  }
}

/** The reply as the client passes it on: a stream with status and headers of the response. */
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
    // on an error the client would destroy this agent, and with it the connections of every other reader
    if (given.request) given.request.agent = undefined
    if (destroyed) given.destroy()
    else if (cut) given.end()
  })
  // The client never notices that the peer closed in the middle of a body. End the body here; what has arrived is still
  // good.
  http.onCut = () => {
    cut = true
    response?.end()
  }
  // it may fail between two reads; the next read then reports the error
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
