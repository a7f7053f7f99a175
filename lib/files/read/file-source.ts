import {randomUUID} from 'node:crypto'
import {setMaxListeners} from 'node:events'
import type {Readable} from 'node:stream'
import {Bundle, type DescriptorParts, OUTPUTS, Source, stageDescriptor} from '../../core/index.ts'
import {formatDuration} from '../../util/index.ts'
import type {Checkpoint} from '../checkpoint/checkpoint.ts'
import {streamCheckpointError} from '../checkpoint/checkpointed-error.ts'
import type {SourceCheckpoint} from '../checkpoint/source-checkpoint.ts'
import {decompress} from '../codecs/compression.ts'
import {type StorageClient, storageTarget} from '../gcs/gcs-client.ts'
import {bucketsOf} from '../gcs/gcs-path.ts'
import {type Files, isGcs} from '../match/files.ts'
import {type Found, matchContinuously} from '../match/match-continuously.ts'
import {canonicalPath, matchFiles} from '../match/match-files.ts'
import {type FileInput, idPrefix} from '../parts/file-input.ts'
import {PartReading} from '../parts/part-reading.ts'
import type {FileInfo} from '../system/file-system.ts'
import {storedBytes} from '../system/stored-bytes.ts'
import {ahead} from './ahead.ts'
import {BegunRead, once} from './begun-read.ts'
import {streamBytes, streamName} from './byte-stream.ts'
import {checkReading} from './check-reading.ts'
import {countFiles, openFiles} from './open-files.ts'
import {placed} from './positions.ts'
import type {FileReadSettings} from './read-options.ts'

/** A file that was found, and its bytes; the first ones may have been read already. */
interface Opened extends Found {
  readonly bytes?: BegunRead
}

/**
 * The base of sources that read files: matches the patterns, then reads the files one after the other in the order of their
 * names, opening the next ones ahead; or reads one byte stream as if it were a file.
 *
 * A source that keeps looking for files (`every`) stamps elements with the time of the search that found their file, and
 * its watermark follows.
 *
 * Metrics besides those of every source: `files` and `bytes` (stored) read, `totalBytes` once the patterns have been matched,
 * `retries`.
 */
export abstract class FileSource<O, Tags extends object = {}> extends Source<O, Tags> {
  readonly #settings: FileReadSettings
  /** When the file being read was found, if the source records it. */
  #foundAt: number | undefined
  #checkpoint: SourceCheckpoint | undefined
  /** The file being read, if only parts of it are read or its elements carry leases. */
  #part: PartReading | undefined
  /** A stream that is read among the files, before the pattern with index `at`. */
  #inserted: {readonly stream: Readable; readonly at: number} | undefined
  /** True if {@link keepRecords} was called. */
  protected keepsRecords = false

  constructor(settings: FileReadSettings, parts?: DescriptorParts) {
    const {where, allowMixedTargets, patterns, stream} = settings
    super(
      settings.stage,
      stageDescriptor({
        defaultName: where,
        allowMixedTargets,
        target: patterns.some(isGcs) ? () => storageTarget(settings) : undefined,
        resources: () => bucketsOf(patterns),
        check: stream ? undefined : signal => checkReading(settings, signal),
        leased: () => this.#checkpoint !== undefined,
        checkpointed: () => this.#checkpoint !== undefined,
        ...parts,
      }),
    )
    this.#settings = settings
    // the first read reports an earlier failure; without a listener it would end the process
    stream?.on('error', () => {})
    countFiles(this.info)
  }

  /** The elements of one file. */
  protected abstract readContent(input: FileInput): AsyncIterable<Bundle<O>>

  override async *bundles(signal: AbortSignal): AsyncGenerator<Bundle<O>> {
    const {stream} = this.#settings
    if (stream) return yield* this.#readStream(stream, signal)
    await this.#checkpoint?.open()
    const {patterns} = this.#settings
    const {at = patterns.length, stream: inserted} = this.#inserted ?? {}
    if (at > 0) yield* this.#readFiles(patterns.slice(0, at), signal)
    if (inserted && !signal.aborted) yield* this.#readStream(inserted, signal)
    if (at < patterns.length && !signal.aborted) yield* this.#readFiles(patterns.slice(at), signal)
    this.#checkpoint?.ended()
  }

  #readStream(stream: Readable, signal: AbortSignal): AsyncIterable<Bundle<O>> {
    return this.#read(this.#inputOf(streamInfo(stream), () => streamBytes(stream, signal)))
  }

  async *#readFiles(patterns: readonly string[], signal: AbortSignal): AsyncGenerator<Bundle<O>> {
    const files = openFiles(this.#settings, this.info)
    for await (const {file, bytes, time} of this.#opened(files, patterns, signal)) {
      this.#foundAt = time
      if (!file) yield this.#caughtUp(time)
      else {
        yield* this.#readFile(
          file,
          once(bytes, start => files.open(file, {start, signal})),
        )
        bytes?.drop()
      }
    }
  }

  async *#readFile(file: FileInfo, open: (start: number) => AsyncIterable<Buffer>): AsyncGenerator<Bundle<O>> {
    for await (const bundle of this.#read(this.#inputOf(file, open))) yield this.#timed(bundle)
    this.info.metrics.extra['files']!++
  }

  /** @internal Makes elements carry leases, and skips what a checkpoint has recorded as committed. */
  resumeFrom(checkpoint: Checkpoint): void {
    const {where, patterns, range, stream} = this.#settings
    const {info} = this
    if (stream) throw streamCheckpointError(info.name, streamName(stream))
    const input = {
      read: where,
      patterns,
      range: range ? {...range, end: Number.isFinite(range.end) ? range.end : null} : null,
    }
    this.#checkpoint = checkpoint.source(info.name, input, info.log)
    Object.assign(info.metrics.extra, {committedBefore: 0})
  }

  /** @internal Keeps each record as it is in its file, for {@link originOf}, while what was made of it is in flight. */
  keepRecords(): void {
    this.keepsRecords = true
  }

  /** @internal Also reads this stream of bytes, as if it were a file, before the pattern with index `at`. */
  insertStream(stream: Readable, at: number): void {
    stream.on('error', () => {})
    this.#inserted = {stream, at}
  }

  /** @internal The user's client for Cloud Storage, if given. */
  get storageClient(): StorageClient | undefined {
    return this.#settings.client
  }

  /** True if the record that begins at this byte of the current file is to be read. */
  protected wants(offset: number): boolean {
    return this.#part?.wants(offset) ?? true
  }

  /** What is read, in order; each file is read to its end before the next is requested. */
  #opened(files: Files, patterns: readonly string[], signal: AbortSignal): AsyncIterable<Opened> {
    // each open file adds a listener
    setMaxListeners(0, signal)
    const open = (found: Found): Opened =>
      found.file && !this.#isDone(found.file) ? {...found, bytes: new BegunRead(files, found.file, signal)} : found
    return ahead(this.#found(files, patterns, signal), this.#settings.concurrency, open, ({bytes}) => bytes?.drop())
  }

  /** True if nothing of the file is left to read. */
  #isDone(file: FileInfo): boolean {
    const {start, end} = this.#settings.range ?? {}
    return this.#checkpoint?.file(file, canonicalPath(file.path)).isComplete(start, end) ?? false
  }

  async *#found(files: Files, patterns: readonly string[], signal: AbortSignal): AsyncGenerator<Found> {
    const {watch} = this.#settings
    if (!watch) {
      const found = [...(await matchFiles(files, patterns, signal)).values()]
      const {extra} = this.info.metrics
      extra['totalBytes'] = found.reduce((sum, {size}) => sum + size, extra['totalBytes'] ?? 0)
      for (const file of found) yield {file, time: undefined}
      return
    }
    const search = () => matchFiles(files, patterns, signal, error => this.#unmatched(error))
    yield* matchContinuously(search, watch, this.info.clock, signal)
  }

  /** Logs that nothing matches yet: not an error for a source that keeps looking, but it may be a wrong name. */
  #unmatched(error: unknown): void {
    if ((error as {code?: unknown} | null)?.code !== 'ERR_SLUICE_NO_MATCH') throw error
    if (this.#foundAt !== undefined) return
    const {name, log} = this.info
    const again = `looking again every ${formatDuration(this.#settings.watch!.every)}`
    log.warn(`${name}: ${(error as Error).message} (${again})`, {stage: name})
  }

  #inputOf(file: FileInfo, open: (start: number) => AsyncIterable<Buffer>): FileInput {
    const stored = storedBytes(open, this.info.metrics.extra)
    const content = decompress(stored.open(0), this.#settings.compression, file.path)
    return {file, prefix: idPrefix(file), content, stored}
  }

  /** The bundles of one input. */
  #read(input: FileInput): AsyncIterable<Bundle<O>> {
    const {range} = this.#settings
    const {path} = input.file
    if (!range && !this.#checkpoint) return placed(this.#settings, path, this.readContent(input))
    const commits = this.#checkpoint?.file(input.file, canonicalPath(path))
    if (commits) this.info.metrics.extra['committedBefore']! += commits.ranges.bytes
    return placed(this.#settings, path, this.#readParts(new PartReading(input, range, commits)))
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

  /** Moves the watermark once all files of a search have been read: nothing older will come. */
  #caughtUp(watermark: number | undefined): Bundle<O> {
    if (watermark !== undefined) this[OUTPUTS].advanceTags(watermark)
    return new Bundle<O>([], {watermark})
  }

  #timed<T>(bundle: Bundle<T>): Bundle<T> {
    if (this.#foundAt === undefined) return bundle
    return bundle.with({timestamps: new Float64Array(bundle.values.length).fill(this.#foundAt)})
  }

  protected override async emitTagged(tag: string, bundle: Bundle<unknown>): Promise<void> {
    const admitted = this.#part ? this.#part.admit(bundle) : bundle
    if (admitted) await super.emitTagged(tag, this.#timed(admitted))
  }
}

/** Every run has its own prefix: whether another run's input is the same cannot be known. */
function streamInfo(stream: Parameters<typeof streamName>[0]): FileInfo {
  return {path: streamName(stream), stream: true, size: 0, generation: randomUUID()}
}
