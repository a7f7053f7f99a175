import type {IncomingHttpHeaders} from 'node:http'
import type {Readable} from 'node:stream'
import type {LocalContents} from './contents.ts'
import type {FaultAction} from './fault-rules.ts'
import type {RequestBody} from './request-body.ts'

/** The clock behind deadlines, dedup windows and generations; tests provide their own. */
export interface LocalClock {
  /** Milliseconds since the epoch. */
  now(): number
}

/** The services of the local cloud. */
export type ServiceName = 'storage' | 'bigquery' | 'pubsub'

/** One HTTP request, routed to a service; `path` has lost its optional `/storage/v1`, `/bigquery/v2` prefix. */
export interface ServiceRequest {
  readonly method: string
  /** The path as it came on the wire (still percent-encoded), without version prefix and query; uploads keep `/upload`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The body, to be read as a stream. */
  readonly content: RequestBody
  /** Absolute base URL of this server, `http://127.0.0.1:PORT`. */
  readonly baseUrl: string
  /** Actions of matching fault rules that only the service itself can carry out (`insertErrors`, `jobError`, …). */
  readonly faults: readonly FaultAction[]
  /** Throws a 403 ApiError unless the caller has `permission` (for example `storage.objects.get`) on `resource`. */
  authorize(permission: string, resource: string): void
  /** The whole body as a Buffer (at most `limit` bytes, default 64 MiB, else 413). */
  body(limit?: number): Promise<Buffer>
  /** The whole body as JSON; `{}` when empty; 400 `parseError` when malformed. */
  json<T = Record<string, unknown>>(limit?: number): Promise<T>
  /** Adds facts to this request's entry in the request log (`{rows: 500, insertIds: […]}`). */
  note(facts: Record<string, unknown>): void
}

/** What a service answers. A plain object body goes out as JSON. */
export interface ServiceReply {
  status: number
  headers?: Record<string, string | number>
  body?: Buffer | Readable | string | object
}

/** One service of the local cloud (Cloud Storage, BigQuery). */
export interface Service {
  readonly name: ServiceName
  /** Answers a request, or throws an {@link ApiError}. */
  handle(request: ServiceRequest): Promise<ServiceReply>
  /** Its contents. */
  contents(): Promise<Partial<LocalContents>>
  /** Forgets all data. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** What every service is constructed with. */
export interface ServiceOptions {
  /** Folder for this service's data; created if missing. */
  dir: string
  project: string
  clock: LocalClock
}
