import type {Readable} from 'node:stream'
import {STAGE_OPTION_NAMES, type StageOptions, stageOptionsOf} from '../core/index.ts'
import {badOption, booleanOption, checkOptionNames, enumOption} from '../errors/index.ts'
import {DURATION_FORMS, type Duration, parseDuration} from '../util/index.ts'
import {type ByteRange, checkRange} from './byte-range.ts'
import {isByteStream} from './byte-stream.ts'
import {COMPRESSIONS, type Compression} from './compression.ts'
import {checkPath} from './files.ts'
import {checkStorageClient, type StorageClient} from './gcs-client.ts'
import {DEFAULT_READ_POLICY} from './read-policy.ts'

/** Options that every connector that reads files takes. */
export interface FileReadOptions extends StageOptions {
  /**
   * `'auto'` (default): gzip is recognised by its first bytes, whatever the file is called. `'gzip'`: a file that is not
   * gzip fails. `'none'`: bytes as stored.
   */
  compression?: Compression
  /**
   * Only the records whose first byte is in `[start, end)`, byte offsets in each file; default: all. The header is read from the
   * beginning of the file whatever the range is. Of a compressed file no part can be read.
   */
  range?: ByteRange
  /** A ready `Storage` for `gs://` paths. Default: one made from Application Default Credentials and the environment. */
  client?: StorageClient
  /** Allows a job that reads from an emulator and writes to Google Cloud, or the other way; default false. */
  allowMixedTargets?: boolean
  /** `gs://` only: a connection that gives no byte for so long, while some are wanted, is replaced. Default 30 s. */
  stallTimeout?: Duration
  /** `gs://` only: how long a read goes on trying without getting further. Default 15 min. */
  retryFor?: Duration
}

const NAMES = ['compression', 'range', 'client', 'allowMixedTargets', 'stallTimeout', 'retryFor'] as const

/** {@link FileReadOptions}, checked and complete, and the patterns to read. */
export interface FileReadSettings {
  readonly patterns: readonly string[]
  /** Bytes to read in place of files. */
  readonly stream: Readable | undefined
  readonly compression: Compression
  /** Bytes of each file; undefined: all. */
  readonly range: Required<ByteRange> | undefined
  readonly client: StorageClient | undefined
  readonly allowMixedTargets: boolean
  readonly stallTimeout: number
  readonly retryFor: number
  /** The function's name, which is the stage's when none is given. */
  readonly where: string
  /** The part that every stage takes. */
  readonly stage: StageOptions
}

/** Checks the patterns and the common options; `own` are the names of the connector's own options. */
export function checkReadOptions(
  where: string,
  pattern: unknown,
  options: FileReadOptions | undefined,
  own: readonly string[],
): FileReadSettings {
  checkOptionNames(where, options, [...own, ...NAMES, ...STAGE_OPTION_NAMES])
  const given = options ?? {}
  const input = inputOf(where, pattern)
  const range = checkRange(where, given.range)
  if (range && input.stream) throw badOption(where, 'range', given.range, 'it for files only: a stream has no places')
  return {
    ...input,
    range,
    compression: enumOption(where, 'compression', given.compression, 'auto', COMPRESSIONS),
    client: checkStorageClient(where, given.client),
    allowMixedTargets: booleanOption(where, 'allowMixedTargets', given.allowMixedTargets, false),
    stallTimeout: duration(where, 'stallTimeout', given.stallTimeout, DEFAULT_READ_POLICY.stallTimeout),
    retryFor: duration(where, 'retryFor', given.retryFor, DEFAULT_READ_POLICY.retryFor),
    where,
    stage: stageOptionsOf(given),
  }
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

function duration(where: string, name: string, given: unknown, fallback: number): number {
  if (given === undefined) return fallback
  const ms = parseDuration(given)
  if (ms === undefined || ms < 1) throw badOption(where, name, given, DURATION_FORMS)
  return ms
}
