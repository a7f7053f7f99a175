/**
 * Every default of the library in one table; the options reference is generated from it.
 * Sources: DESIGN (bundle, highWaterMark, concurrency), Google's quota page for insertAll
 * (recommended 500 rows a request, 10 MB a request: 9 MB leaves room for the envelope), Google's Pub/Sub client (10 ms, 1 MiB).
 */
export const DEFAULTS = {
  /** Values in one bundle at most. */
  bundleValues: 1000,
  /** Source bytes in one bundle at most. */
  bundleBytes: 128 * 1024,
  /** Values that a stage buffers on each side. */
  highWaterMark: 1000,
  /** Calls of an asynchronous `process` at once. */
  concurrency: 1,
  /** Finished outputs that wait behind a slower, earlier element at most. */
  heldOutputs: 1000,
  /** How long teardown waits for calls still in flight after a failure or an abort, ms. */
  teardownGrace: 1000,
  /** After this long with data waiting on an output that nobody reads, a standstill is reported, ms. */
  standstill: 30_000,
  /** How long a process whose event loop is empty is held for a call of user code to settle, before the stage fails, ms. */
  exitGrace: 5000,
  /** A Pipeline's buffer before a stage that waits for side inputs made of the same source: bytes in memory, the rest on disk. */
  sideBufferBytes: 64_000_000,
  /** What a stage with state keeps in memory, bytes of heap; what is more waits on disk. */
  memory: 256_000_000,
  /** How long a drain may take before what is left is given back, ms: Cloud Run stops a container 10 s after SIGTERM. */
  drainDeadline: 8000,
  /** Sinks: rows, serialized bytes and age (ms) of a batch, and requests in flight. */
  maxRows: 500,
  maxBytes: 9_000_000,
  maxDelay: 1000,
  maxInFlight: 4,
  /**
   * The same for messages to Pub/Sub, whose readers wait for them: 10 ms and 1 MiB as in Google's own client. A request
   * has one ordering key, so many small ones are usual: more rows in each, and more at once.
   */
  publish: {maxRows: 500, maxBytes: 2 ** 20, maxDelay: 10, maxInFlight: 16},
} as const
