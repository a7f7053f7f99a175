import {randomUUID} from 'node:crypto'
import {resolve} from 'node:path'
import {Bundle, DEFAULTS, OffsetIds, Source} from '../core/index.ts'
import {SluiceError} from '../errors/index.ts'
import {formatDuration} from '../util/index.ts'
import {streamBytes, streamName} from './byte-stream.ts'
import type {Checkpoint} from './checkpoint.ts'
import {decompress} from './compression.ts'
import type {FileInfo} from './file-system.ts'
import {Files, isGcs} from './files.ts'
import {type StorageClient, storageTarget} from './gcs-client.ts'
import type {PartReader} from './part-reader.ts'
import {PartReading} from './part-reading.ts'
import type {FileReadSettings} from './read-options.ts'
import type {RetryNote} from './read-policy.ts'
import type {SourceCheckpoint} from './source-checkpoint.ts'

/** One file that is being read. */
export interface FileInput {
  readonly file: FileInfo
  /** The prefix of its elements' ids. */
  readonly prefix: string
  /** Its bytes, unzipped. */
  readonly content: AsyncIterable<Buffer>
  readonly stored: StoredBytes
  /** Of a part of the file: to be told, before `content` is read, what makes records of it. */
  readonly follow?: (reader: PartReader) => void
}

/** The bytes of a file as they are stored. */
export interface StoredBytes {
  /** The first of them, once `content` is being read. */
  head: Buffer | undefined
  /** Opens them once more, from some byte on. */
  readonly open: (start: number) => AsyncIterable<Buffer>
}

/** Retrying for so long is worth a line in the log. */
const LOG_AFTER = 10_000

/**
 * The base of sources that read files: matches the patterns, then reads file after file, in the order of their names; or
 * reads one byte stream as if it were a file.
 *
 * Metrics besides those of every source: `files` and `bytes` (stored) read, `retries`.
 */
export abstract class FileSource<O, Tags extends object = {}> extends Source<O, Tags> {
  readonly #settings: FileReadSettings
  #checkpoint: SourceCheckpoint | undefined
  /** The file that is being read, when only parts of it are, or leases go with it. */
  #part: PartReading | undefined

  constructor(settings: FileReadSettings) {
    super(settings.stage)
    this.#settings = settings
    const {info} = this
    if (!info.named) info.name = settings.where
    info.allowMixedTargets = settings.allowMixedTargets
    if (settings.patterns.some(isGcs)) info.target = () => storageTarget(settings)
    // a failure before the first read is told by that read; without a listener it would end the process
    settings.stream?.on('error', () => {})
    Object.assign(info.metrics.extra, {files: 0, bytes: 0, retries: 0})
  }

  /** The elements of one file. */
  protected abstract readContent(input: FileInput): AsyncIterable<Bundle<O>>

  override async *bundles(signal: AbortSignal): AsyncGenerator<Bundle<O>> {
    await this.#checkpoint?.open()
    for await (const input of this.#inputs(signal)) yield* this.#read(input)
    this.#checkpoint?.ended()
  }

  /** @internal From now on elements carry leases, and what a checkpoint has as committed is not read again. */
  resumeFrom(checkpoint: Checkpoint): void {
    const {where, patterns, range, stream} = this.#settings
    const {info} = this
    if (stream) throw streamCheckpointError(info.name, streamName(stream))
    const input = {read: where, patterns, range: range ? {...range, end: finite(range.end)} : null}
    this.#checkpoint = checkpoint.source(info.name, input, info.logger)
    info.leased = true
    info.checkpointed = true
    Object.assign(info.metrics.extra, {committedBefore: 0})
  }

  /** @internal The ready client for Cloud Storage, if one was given. */
  get storageClient(): StorageClient | undefined {
    return this.#settings.client
  }

  /** True when the record that begins at this byte of the present file is to be read. */
  protected wants(offset: number): boolean {
    return this.#part?.wants(offset) ?? true
  }

  protected override async emitTagged(tag: string, bundle: Bundle<unknown>): Promise<void> {
    const admitted = this.#part ? this.#part.admit(bundle) : bundle
    if (admitted) await super.emitTagged(tag, admitted)
  }

  /** What is read, in its order; each is read to its end before the next is asked for. */
  async *#inputs(signal: AbortSignal): AsyncGenerator<FileInput> {
    const {extra} = this.info.metrics
    const {stream, compression} = this.#settings
    if (stream) {
      // every run has its own prefix: nobody can tell whether another run's input is the same
      const file: FileInfo = {path: streamName(stream), stream: true, size: 0, generation: randomUUID()}
      const stored = storedBytes(() => streamBytes(stream, signal), extra)
      yield {file, prefix: idPrefix(file), content: decompress(stored.open(0), compression, file.path), stored}
      return
    }
    const files = this.#open()
    for (const file of await this.#match(files, signal)) {
      const stored = storedBytes(start => files.open(file, {start, signal}), extra)
      yield {file, prefix: idPrefix(file), content: decompress(stored.open(0), compression, file.path), stored}
      extra['files']!++
    }
  }

  /** The bundles of one input. */
  #read(input: FileInput): AsyncIterable<Bundle<O>> {
    const {range} = this.#settings
    if (!range && !this.#checkpoint) return this.readContent(input)
    const commits = this.#checkpoint?.file(input.file, placeOf(input.file.path))
    if (commits) this.info.metrics.extra['committedBefore']! += commits.ranges.bytes
    return this.#readParts(new PartReading(input, range, commits))
  }

  async *#readParts(part: PartReading): AsyncGenerator<Bundle<O>> {
    this.#part = part
    try {
      if (part.parts.length === 0) return
      for await (const bundle of this.readContent(part.input)) {
        const admitted = part.admit(bundle)
        if (admitted) yield admitted
      }
      part.finish()
    } finally {
      this.#part = undefined
      await part.close()
    }
  }

  #open(): Files {
    const {client, stallTimeout, retryFor} = this.#settings
    const {clock} = this.info
    return new Files({client, policy: {stallTimeout, retryFor, clock, onRetry: note => this.#onRetry(note)}})
  }

  /** Every pattern is matched before anything is read; a file that two patterns match is read once. */
  async #match(files: Files, signal: AbortSignal): Promise<Iterable<FileInfo>> {
    const found = new Map<string, FileInfo>()
    for (const pattern of this.#settings.patterns)
      for (const file of await files.match(pattern, signal)) {
        const place = placeOf(file.path)
        if (!found.has(place)) found.set(place, file)
      }
    return found.values()
  }

  #onRetry({what, reason, waitMs, failingMs}: RetryNote): void {
    const {name, logger, metrics} = this.info
    metrics.extra['retries']!++
    if (failingMs + waitMs < LOG_AFTER) return
    logger.warn(
      `${name}: ${what} has given nothing for ${formatDuration(failingMs)}, next try in ${formatDuration(waitMs)}: ${reason}`,
      {stage: name},
    )
  }
}

/** Counts what is read. */
function storedBytes(open: (start: number) => AsyncIterable<Buffer>, extra: Record<string, number>): StoredBytes {
  const stored: StoredBytes = {
    head: undefined,
    open: async function* counted(start) {
      for await (const chunk of open(start)) {
        extra['bytes']! += chunk.length
        if (start === 0) stored.head ??= chunk
        yield chunk
      }
    },
  }
  return stored
}

function finite(end: number): number | null {
  return Number.isFinite(end) ? end : null
}

function streamCheckpointError(name: string, stream: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CHECKPOINT',
    `${name} reads ${stream}, which no later run can take up where this one stops: run without \`checkpoint\`, or write what ` +
      'comes to a file and read that',
    {stage: name},
  )
}

/** A file's path, however a pattern spells it. */
function placeOf(path: string): string {
  return isGcs(path) ? path : resolve(path)
}

/** What the ids of a file's elements share: the same for the same content in every run, another once it has changed. */
function idPrefix({path, generation, stream}: FileInfo): string {
  return `${stream ? path : placeOf(path)}#${generation}`
}

/** Bundles of the lines that end in a chunk; of a large chunk never more than 128 KiB at once. */
export function* lineBundles(
  prefix: string,
  splitter: {push(bytes: Buffer): {values: string[]; offsets: number[]}},
  chunk: Buffer,
): Generator<Bundle<string>> {
  for (let at = 0; at < chunk.length; at += DEFAULTS.bundleBytes) {
    const {values, offsets} = splitter.push(chunk.subarray(at, at + DEFAULTS.bundleBytes))
    yield* offsetBundles(prefix, values, offsets)
  }
}

/** Values with the byte offsets they began at, as bundles of at most 1,000, none much smaller than the others. */
export function* offsetBundles<O>(prefix: string, values: O[], offsets: number[]): Generator<Bundle<O>> {
  const count = values.length
  if (count === 0) return
  if (count <= DEFAULTS.bundleValues) {
    yield new Bundle(values, {ids: new OffsetIds(prefix, offsets)})
    return
  }
  const size = Math.ceil(count / Math.ceil(count / DEFAULTS.bundleValues))
  for (let at = 0; at < count; at += size) {
    const ids = new OffsetIds(prefix, offsets.slice(at, at + size))
    yield new Bundle(values.slice(at, at + size), {ids})
  }
}
