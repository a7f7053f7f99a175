/** One request that the local cloud received. The entry is added on arrival and filled in as the answer is sent. */
export interface LogEntry {
  /** Milliseconds since the epoch on the cloud's clock, at arrival. */
  readonly time: number
  /** `storage`, `bigquery`, `pubsub`, or `auth` for the token end points; undefined if nothing answers the path. */
  readonly service: 'storage' | 'bigquery' | 'pubsub' | 'auth' | undefined
  /** The named call, such as `objects.media`, `tabledata.insertAll` or `pubsub.publish`. */
  readonly call: string
  readonly method: string
  /** The path without version prefix, still percent-encoded; of a gRPC call a slash and the resource's name. */
  readonly path: string
  /** The query parameters, decoded. */
  readonly query: Readonly<Record<string, string>>
  /** The `Range` header of the request. */
  readonly range: string | undefined
  /** The `Content-Range` header of the request. */
  readonly contentRange: string | undefined
  /** Status of the answer, of a gRPC call its code (0 is OK); undefined while there is none (a hang, a reset before it, an open stream). */
  status: number | undefined
  /** Bytes of the request's body that arrived. */
  requestBytes: number
  /** Bytes of the answer's body that were sent. */
  replyBytes: number
  /** Kinds of the fault actions that hit this request. */
  faults: string[]
  /** Facts that the service added, such as `rows` and `insertIds` of an insertAll. */
  notes: Record<string, unknown>
}

/** Which entries {@link RequestLog.of} gives; all given conditions must hold. */
export interface LogMatch {
  call?: string | undefined
  service?: 'storage' | 'bigquery' | 'pubsub' | 'auth' | undefined
  method?: string | undefined
  /** A part of the path, or a pattern that it must match. */
  path?: RegExp | string | undefined
}

/** Bounds the memory of a local cloud that runs for days. */
const LIMIT = 20_000

/** Every request since the start, `clear()` or `reset()`, in the order of arrival; of more than 20,000 the newest 10,000. */
export class RequestLog {
  #entries: LogEntry[] = []

  get entries(): readonly LogEntry[] {
    return this.#entries
  }

  /** The entries that match, in the order of arrival. */
  of(match: LogMatch): LogEntry[] {
    return this.#entries.filter(
      entry =>
        (match.call === undefined || entry.call === match.call) &&
        (match.service === undefined || entry.service === match.service) &&
        (match.method === undefined || entry.method === match.method) &&
        (match.path === undefined || matchesPath(match.path, entry.path)),
    )
  }

  /** Forgets all entries. */
  clear(): void {
    this.#entries = []
  }

  /** @internal */
  push(entry: LogEntry): void {
    if (this.#entries.length >= LIMIT) this.#entries = this.#entries.slice(-LIMIT / 2)
    this.#entries.push(entry)
  }
}

/** A string must be a part of the path, a pattern must match it; a sticky or global pattern keeps no state. */
export function matchesPath(wanted: RegExp | string, path: string): boolean {
  if (typeof wanted === 'string') return path.includes(wanted)
  wanted.lastIndex = 0
  return wanted.test(path)
}
