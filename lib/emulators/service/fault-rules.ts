/** Which requests a fault rule hits. All given conditions must hold. */
export interface FaultMatch {
  /** `auth` is the token end points; rules that name neither it nor an `auth.…` call do not touch them. */
  service?: 'storage' | 'bigquery' | 'pubsub' | 'auth' | undefined
  method?: string | undefined
  /** Tested against the path without prefix, still percent-encoded, with `?query` appended; a string must be a part of it. */
  path?: RegExp | string | undefined
  /** A named call: `objects.get`, `objects.media`, `objects.list`, `objects.insert`, `uploads.start`, `uploads.put`, `uploads.status`, `tabledata.insertAll`, `tables.get`, `tables.insert`, `jobs.query`, `pubsub.publish`, `pubsub.streamingPull`, … `pubsub.deliver` and `pubsub.ack` are single messages; only rules that name them hit those. */
  call?: string | undefined
}

/** What a fault does. Those marked (service) are carried out by the service, the others by the server for all. */
export type FaultAction =
  /** Answers with this status instead of handling the request; for Pub/Sub a gRPC code (1 to 16), or the HTTP status that Google maps to it. */
  | {
      kind: 'status'
      status: number
      reason?: string | undefined
      message?: string | undefined
      headers?: Record<string, string> | undefined
      body?: 'json' | 'html' | 'empty' | undefined
    }
  /** Waits before handling (real time). */
  | {kind: 'delay'; ms: number}
  /** Never answers; the connection stays open until the server closes. */
  | {kind: 'hang'}
  /** Resets the connection, before handling or after (at most) so many body bytes of the reply. */
  | {kind: 'reset'; afterBytes?: number | undefined}
  /** Ends the connection with FIN after so many bytes of the reply's body, Content-Length being that of the whole. */
  | {kind: 'fin'; afterBytes: number}
  /** Ends the body cleanly after so many bytes (chunked, no Content-Length). */
  | {kind: 'truncate'; afterBytes: number}
  /** Sends so many body bytes, then nothing more until the server closes. */
  | {kind: 'stall'; afterBytes: number}
  /** Flips one bit of the byte at this offset of the reply's body. */
  | {kind: 'corrupt'; atByte: number}
  /** Sets or (null) removes reply headers. */
  | {kind: 'headers'; set: Record<string, string | null>}
  /** Handles the request, then fails: 503, or a reset without an answer. */
  | {kind: 'commitThenFail'; with?: 'reset' | number | undefined}
  /** (storage) The upload keeps only so many bytes of this chunk. */
  | {kind: 'shortPersist'; bytes: number}
  /** (storage) The resumable session is gone: 410. */
  | {kind: 'goneSession'}
  /** (bigquery) insertAll reports these row errors; rows not named land. `rows` picks by index or by a test of the row. */
  | {
      kind: 'insertErrors'
      rows: number[] | ((row: Record<string, unknown>, index: number) => boolean)
      reason: string
      message?: string | undefined
      location?: string | undefined
    }
  /** (bigquery) insertAll answers 404 for so many milliseconds (of the local cloud's clock) after a table's creation. */
  | {kind: 'tableNotFoundAfterCreate'; ms: number}
  /** (bigquery) insertAll knows only the columns that the table had so many milliseconds ago. */
  | {kind: 'staleSchema'; ms: number}
  /** (bigquery) A query job stays RUNNING for so many polls, or ends with this error. */
  | {kind: 'job'; runningPolls?: number | undefined; error?: {reason: string; message: string} | undefined}
  /** (pubsub.deliver) Delivers the message twice, under two ack ids. */
  | {kind: 'duplicate'}
  /** (pubsub.deliver) The lease ends after so many milliseconds (of the local cloud's clock), whatever extends it. */
  | {kind: 'expireLease'; afterMs: number}
  /** (pubsub.acknowledge, pubsub.ack) Answers OK and acknowledges nothing: the message comes again after its deadline. */
  | {kind: 'dropAck'}
  /** (pubsub.acknowledge, pubsub.ack) Answers OK and delivers the message again at once. */
  | {kind: 'redeliverAfterAck'}
  /** (pubsub.acknowledge, pubsub.ack) An exactly-once subscription refuses the ack for this reason. Default `'TRANSIENT_FAILURE_INJECTED'`, which clients retry. */
  | {kind: 'ackFailure'; reason?: string | undefined}
  /** (pubsub.streamingPull, pubsub.deliver) Ends the stream after so many messages (default 0), or after this one, with a status (default 14, UNAVAILABLE). */
  | {kind: 'endStream'; afterMessages?: number | undefined; status?: number | undefined; message?: string | undefined}

/** A fault: what it hits, how often, and what it does. */
export interface FaultRule {
  match: FaultMatch
  /** Hits only the nth matching request (1 = the first), or these. */
  nth?: number | number[] | undefined
  /** Hits every nth matching request. */
  every?: number | undefined
  /** Hits at most so often; default: without limit. */
  times?: number | undefined
  /** Hits with this probability, drawn from a generator seeded by `seed` (default 1). */
  probability?: number | undefined
  seed?: number | undefined
  do: FaultAction | FaultAction[]
}
