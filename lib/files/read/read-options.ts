import type {Readable} from 'node:stream'
import {STAGE_OPTION_NAMES, type StageOptions, stageOptionsOf} from '../../core/index.ts'
import {
  badOption,
  booleanOption,
  checkOptionNames,
  durationOption,
  enumOption,
  integerOption,
} from '../../errors/index.ts'
import type {Duration} from '../../util/index.ts'
import {COMPRESSIONS, type Compression} from '../codecs/compression.ts'
import {HAS_ZSTD, ZSTD_NODES} from '../codecs/zstd.ts'
import {checkStorageClient, type StorageClient} from '../gcs/gcs-client.ts'
import {DEFAULT_READ_POLICY} from '../gcs/read-policy.ts'
import {checkPath} from '../match/files.ts'
import type {Watching} from '../match/match-continuously.ts'
import {type ByteRange, checkRange} from '../parts/byte-range.ts'
import {isByteStream} from './byte-stream.ts'
import type {WithoutPosition, WithPosition} from './positions.ts'

/** Options of every connector that reads files. */
export interface FileReadOptions extends StageOptions {
  /**
   * `'auto'` (default): gzip, zstd and bzip2 are recognised by their first bytes, whatever the file's name, and deflate by
   * a name that ends in `.deflate` or `.zz`. `'gzip'`, `'deflate'`, `'zstd'`, `'bzip2'`: a file in any other format fails
   * the run. `'none'`: bytes as stored. zstd needs Node 22.15 or 24.
   */
  compression?: Compression | undefined
  /**
   * Files open at once, at most 256, default 8: the one being read and the next ones, each with its first 64 KiB or so in
   * memory. Elements still come in the order of the files.
   */
  concurrency?: number | undefined
  /**
   * A `Storage` client for `gs://` paths. Default: one created from Application Default Credentials and the environment.
   */
  client?: StorageClient | undefined
  /** Allows a job that reads from an emulator and writes to Google Cloud, or vice versa; default false. */
  allowMixedTargets?: boolean | undefined
  /** `gs://` only: a connection that delivers no byte for this long, while bytes are wanted, is replaced. Default 30 s. */
  stallTimeout?: Duration | undefined
  /** `gs://` only: how long a read is retried without progress. Default 15 min. */
  retryFor?: Duration | undefined
}

/** Options of sources, whose patterns are known when they are created. */
export interface FileSourceOptions {
  /**
   * Reads only the records whose first byte is in `[start, end)`, byte offsets in each file; default: all. The header is
   * read from the beginning of the file whatever the range. Compressed files cannot be read by range.
   */
  range?: ByteRange | undefined
  /** Looks for new files at this interval; the source then ends only when it is stopped. Default: looks once. */
  every?: Duration | undefined
  /** With `every`: reads a whole file again when it has changed. Default false: each path is read once. */
  matchUpdatedFiles?: boolean | undefined
}

const SOURCE_NAMES = ['range', 'every', 'matchUpdatedFiles'] as const
const NAMES = [
  'compression',
  'concurrency',
  'client',
  'allowMixedTargets',
  'stallTimeout',
  'retryFor',
  'withPosition',
] as const

/** {@link FileReadOptions}, checked and complete, and the patterns to read. */
export interface FileReadSettings {
  readonly patterns: readonly string[]
  /** Bytes to read instead of files. */
  readonly stream: Readable | undefined
  readonly compression: Compression
  readonly concurrency: number
  /** Set for a source that keeps looking for files. */
  readonly watch: Watching | undefined
  /** Bytes of each file; undefined: all. */
  readonly range: Required<ByteRange> | undefined
  readonly client: StorageClient | undefined
  readonly allowMixedTargets: boolean
  readonly stallTimeout: number
  readonly retryFor: number
  readonly withPosition: boolean
  /** The function's name, the default name of the stage. */
  readonly where: string
  /** The options of every stage. */
  readonly stage: StageOptions
}

/** Checks the patterns and the common options of a source; `own` are the names of the connector's own options. */
export function checkReadOptions(
  where: string,
  pattern: unknown,
  options: (FileReadOptions & FileSourceOptions & (WithPosition | WithoutPosition)) | undefined,
  own: readonly string[],
): FileReadSettings {
  const settings = checkReadSettings(where, options, [...own, ...SOURCE_NAMES])
  const input = inputOf(where, pattern)
  const range = checkRange(where, options?.range)
  if (range && input.stream)
    throw badOption(where, 'range', range, 'it for files only: a stream cannot be read by range')
  return {...settings, ...input, range, watch: checkWatch(where, options ?? {}, input.stream !== undefined)}
}

/** Checks the common options of a stage that receives its paths while it runs. */
export function checkReadSettings(
  where: string,
  options: (FileReadOptions & (WithPosition | WithoutPosition)) | undefined,
  own: readonly string[],
): FileReadSettings {
  checkOptionNames(where, options, [...own, ...NAMES, ...STAGE_OPTION_NAMES])
  const given = options ?? {}
  return {
    patterns: [],
    stream: undefined,
    range: undefined,
    watch: undefined,
    compression: checkCompression(where, given.compression),
    concurrency: integerOption(where, 'concurrency', given.concurrency, 8, 1, 256),
    client: checkStorageClient(where, given.client),
    allowMixedTargets: booleanOption(where, 'allowMixedTargets', given.allowMixedTargets, false),
    stallTimeout: durationOption(where, 'stallTimeout', given.stallTimeout, DEFAULT_READ_POLICY.stallTimeout, 1),
    retryFor: durationOption(where, 'retryFor', given.retryFor, DEFAULT_READ_POLICY.retryFor, 1),
    withPosition: booleanOption(where, 'withPosition', given.withPosition, false),
    where,
    stage: stageOptionsOf(given),
  }
}

function checkWatch(where: string, options: FileSourceOptions, stream: boolean): Watching | undefined {
  const {every, matchUpdatedFiles} = options
  const updated = booleanOption(where, 'matchUpdatedFiles', matchUpdatedFiles, false)
  if (every === undefined) {
    if (matchUpdatedFiles === undefined) return undefined
    throw badOption(where, 'matchUpdatedFiles', matchUpdatedFiles, 'it together with `every`, or leave it out')
  }
  if (stream) throw badOption(where, 'every', every, 'it with a pattern: a stream is read once')
  return {every: durationOption(where, 'every', every, 0, 1), updated}
}

function checkCompression(where: string, given: unknown): Compression {
  const compression = enumOption(where, 'compression', given, 'auto', COMPRESSIONS)
  if (compression === 'zstd' && !HAS_ZSTD)
    throw badOption(where, 'compression', given, `another compression, or run the job elsewhere: ${ZSTD_NODES}`)
  return compression
}

function inputOf(where: string, pattern: unknown): Pick<FileReadSettings, 'patterns' | 'stream'> {
  if (isByteStream(pattern)) return {patterns: [], stream: pattern}
  return {patterns: checkPatterns(where, pattern), stream: undefined}
}

function checkPatterns(where: string, pattern: unknown): readonly string[] {
  const patterns: readonly unknown[] = Array.isArray(pattern) ? pattern : [pattern]
  if (patterns.length === 0 || !patterns.every(each => typeof each === 'string' && each !== ''))
    throw badOption(
      where,
      'pattern',
      pattern,
      "a path or glob such as 'data/*.csv' or 'gs://my-bucket/*.csv', several, or a Readable of bytes",
    )
  for (const each of patterns as readonly string[]) checkPath(each)
  return patterns as readonly string[]
}
