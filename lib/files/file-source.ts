import {randomUUID} from 'node:crypto'
import {setMaxListeners} from 'node:events'
import {Bundle, DEFAULTS, OffsetIds, Source} from '../core/index.ts'
import {formatDuration} from '../util/index.ts'
import {ahead} from './ahead.ts'
import {BegunRead} from './begun-read.ts'
import {streamBytes, streamName} from './byte-stream.ts'
import {checkReading} from './check-files.ts'
import {decompress} from './compression.ts'
import type {FileInfo} from './file-system.ts'
import {type Files, isGcs} from './files.ts'
import {storageTarget} from './gcs-client.ts'
import {type Found, matchContinuously} from './match-continuously.ts'
import {matchFiles, placeOf} from './match-files.ts'
import {counted, countFiles, openFiles} from './open-files.ts'
import {placed} from './positions.ts'
import type {FileReadSettings} from './read-options.ts'

/** One file that is being read. */
export interface FileInput {
  readonly file: FileInfo
  /** The prefix of its elements' ids. */
  readonly prefix: string
  /** Its bytes, unzipped. */
  readonly content: AsyncIterable<Buffer>
}

/** A file that was found, and its bytes, of which the first may be there already. */
interface Opened extends Found {
  readonly bytes?: BegunRead
}

/**
 * The base of sources that read files: matches the patterns, then reads file after file, in the order of their names, of
 * which the next ones are opened ahead; or reads one byte stream as if it were a file.
 *
 * A source that goes on looking for files (`every`) gives their elements the time of the search that found them, and lets
 * its watermark follow.
 *
 * Metrics besides those of every source: `files` and `bytes` (stored) read, `totalBytes` once the patterns have been matched,
 * `retries`.
 */
export abstract class FileSource<O, Tags extends object = {}> extends Source<O, Tags> {
  readonly #settings: FileReadSettings
  /** When the file was found that is being read, if that is to be known. */
  #foundAt: number | undefined

  constructor(settings: FileReadSettings) {
    super(settings.stage)
    this.#settings = settings
    const {info} = this
    if (!info.named) info.name = settings.where
    info.allowMixedTargets = settings.allowMixedTargets
    if (settings.patterns.some(isGcs)) info.target = () => storageTarget(settings)
    if (!settings.stream) info.check = signal => checkReading(settings, signal)
    // a failure before the first read is told by that read; without a listener it would end the process
    settings.stream?.on('error', () => {})
    countFiles(info)
  }

  /** The elements of one file. */
  protected abstract readContent(input: FileInput): AsyncIterable<Bundle<O>>

  override async *bundles(signal: AbortSignal): AsyncGenerator<Bundle<O>> {
    const {stream} = this.#settings
    if (stream) return yield* this.#read(this.#inputOf(streamInfo(stream), streamBytes(stream, signal)))
    for await (const {file, bytes, time} of this.#opened(signal)) {
      this.#foundAt = time
      if (!file) yield this.#caughtUp(time)
      else for await (const bundle of this.#read(this.#inputOf(file, bytes!))) yield this.#timed(bundle)
      if (file) this.info.metrics.extra['files']!++
    }
  }

  /** What is read, in its order; each is read to its end before the next is asked for. */
  #opened(signal: AbortSignal): AsyncIterable<Opened> {
    // each file that is open listens
    setMaxListeners(0, signal)
    const files = openFiles(this.#settings, this.info)
    const open = (found: Found): Opened =>
      found.file ? {...found, bytes: new BegunRead(files, found.file, signal)} : found
    return ahead(this.#found(files, signal), this.#settings.concurrency, open, ({bytes}) => bytes?.drop())
  }

  async *#found(files: Files, signal: AbortSignal): AsyncGenerator<Found> {
    const {patterns, watch} = this.#settings
    if (!watch) {
      const found = [...(await matchFiles(files, patterns, signal)).values()]
      this.info.metrics.extra['totalBytes'] = found.reduce((sum, {size}) => sum + size, 0)
      for (const file of found) yield {file, time: undefined}
      return
    }
    const search = () => matchFiles(files, patterns, signal, error => this.#unmatched(error))
    yield* matchContinuously(search, watch, this.info.clock, signal)
  }

  /** Nothing is there yet, which is no error while one goes on looking; but it may be a wrong name. */
  #unmatched(error: unknown): void {
    if ((error as {code?: unknown} | null)?.code !== 'ERR_SLUICE_NO_MATCH') throw error
    if (this.#foundAt !== undefined) return
    const {name, logger} = this.info
    const again = `looking again every ${formatDuration(this.#settings.watch!.every)}`
    logger.warn(`${name}: ${(error as Error).message} (${again})`, {stage: name})
  }

  #inputOf(file: FileInfo, bytes: AsyncIterable<Buffer>): FileInput {
    const stored = counted(bytes, this.info.metrics.extra)
    return {file, prefix: idPrefix(file), content: decompress(stored, this.#settings.compression, file.path)}
  }

  /** The bundles of one input. */
  #read(input: FileInput): AsyncIterable<Bundle<O>> {
    return placed(this.#settings, input.file.path, this.readContent(input))
  }

  /** All files of a search have been read: nothing older will come. */
  #caughtUp(watermark: number | undefined): Bundle<O> {
    if (watermark !== undefined) this.outputs.advanceTags(watermark)
    return new Bundle<O>([], {watermark})
  }

  #timed<T>(bundle: Bundle<T>): Bundle<T> {
    if (this.#foundAt === undefined) return bundle
    const {values, ids} = bundle
    return new Bundle(values, {ids, timestamps: new Float64Array(values.length).fill(this.#foundAt)})
  }

  protected override emitTagged(tag: string, bundle: Bundle<unknown>): Promise<void> {
    return super.emitTagged(tag, this.#timed(bundle))
  }
}

/** Every run has its own prefix: nobody can tell whether another run's input is the same. */
function streamInfo(stream: Parameters<typeof streamName>[0]): FileInfo {
  return {path: streamName(stream), stream: true, size: 0, generation: randomUUID()}
}

/** What the ids of a file's elements share: the same for the same content in every run, another once it has changed. */
export function idPrefix({path, generation, stream}: FileInfo): string {
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
