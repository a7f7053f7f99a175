import {basename} from 'node:path'
import {fileURLToPath} from 'node:url'
import {STAGE_OPTION_NAMES, type StageOptions, stageOptionsOf} from '../../core/index.ts'
import {
  badOption,
  booleanOption,
  checkOptionNames,
  durationOption,
  enumOption,
  integerOption,
} from '../../errors/index.ts'
import {type Duration, parseSize, SIZE_FORMS, type Size} from '../../util/index.ts'
import {compressorOf, WRITE_COMPRESSIONS, type WriteCompression} from '../codecs/write-compression.ts'
import {checkStorageClient, type StorageClient} from '../gcs/gcs-client.ts'
import {parseGcsPath} from '../gcs/gcs-path.ts'
import {DEFAULT_READ_POLICY} from '../gcs/read-policy.ts'
import {checkPath, isGcs} from '../match/files.ts'
import {SHARD_TEMPLATE, ShardNames} from '../system/shard-names.ts'

/** The service accepts chunks in multiples of this many bytes. */
const CHUNK_STEP = 256 * 1024
const DEFAULT_CHUNK = 8 * 2 ** 20
const DEFAULT_REQUEST_TIMEOUT = 120_000

/** Options of every sink that writes files; `I` is the type of what it writes. */
export interface FileWriteOptions<I = unknown> extends StageOptions {
  /**
   * Where each element goes: the prefix of its files' names, relative to the first argument, which is then a folder. `/`
   * makes folders. Every destination has its own shards, header and footer.
   */
  destination?: ((element: I) => string) | undefined
  /** The suffix of all names, for example `'.jsonl'` or `'.csv.gz'`; default `''`. */
  suffix?: string | undefined
  /**
   * The part between prefix and suffix: each `S` is a digit of the shard's number, each `N` a digit of the count. Default
   * `'-SSSSS-of-NNNNN'`. `''`: one file, called prefix + suffix.
   */
  shardNameTemplate?: string | undefined
  /** Files to write, at most 1,000, default 1; records are dealt to them in turn. */
  numShards?: number | undefined
  /** The most records in one file; further records go to another file. Default: no limit. */
  maxRecordsPerShard?: number | undefined
  /** The most bytes in one file, before compression; a longer record gets a file of its own. Default: no limit. */
  maxBytesPerShard?: Size | undefined
  /**
   * `'auto'` (default): by the extension of the names, `.gz`, `.zst` (zstd, from Node 22.15 on) or `.deflate` (zlib).
   * `'gzip'`, `'zstd'`, `'deflate'`, `'none'`: whatever the names.
   */
  compression?: WriteCompression | undefined
  /** Replaces the files of an earlier run, however many there are. Default false: existing files are an error. */
  overwrite?: boolean | undefined
  /**
   * A `Storage` client for `gs://` paths. Default: one created from Application Default Credentials and the environment.
   */
  client?: StorageClient | undefined
  /** Allows a job that reads from an emulator and writes to Google Cloud, or vice versa; default false. */
  allowMixedTargets?: boolean | undefined
  /** `gs://` only: bytes per upload request, a multiple of 256 KiB; default 8 MiB. */
  chunkSize?: Size | undefined
  /** `gs://` only: a request without an answer for this long is abandoned and retried. Default 2 min. */
  requestTimeout?: Duration | undefined
  /** `gs://` only: how long an upload is retried without progress. Default 15 min. */
  retryFor?: Duration | undefined
}

const NAMES = [
  'destination',
  'suffix',
  'shardNameTemplate',
  'numShards',
  'maxRecordsPerShard',
  'maxBytesPerShard',
  'compression',
  'overwrite',
  'client',
  'allowMixedTargets',
  'chunkSize',
  'requestTimeout',
  'retryFor',
] as const

/** {@link FileWriteOptions}, checked and complete. */
export interface FileWriteSettings {
  /** The prefix of all names; with `destination`, a folder with a trailing `/`. */
  readonly root: string
  readonly suffix: string
  readonly template: string
  readonly destination: ((element: never) => unknown) | undefined
  readonly numShards: number
  readonly maxRecords: number
  readonly maxBytes: number
  readonly compression: WriteCompression
  readonly overwrite: boolean
  readonly gcs: boolean
  readonly client: StorageClient | undefined
  readonly allowMixedTargets: boolean
  readonly chunkSize: number
  readonly requestTimeout: number
  readonly retryFor: number
  /** The function's name, the default name of the stage. */
  readonly where: string
  /** The options of every stage. */
  readonly stage: StageOptions
}

/** Checks the prefix and the common options; `own` are the names of the connector's own options. */
export function checkWriteOptions(
  where: string,
  prefix: unknown,
  options: FileWriteOptions<never> | undefined,
  own: readonly string[],
): FileWriteSettings {
  checkOptionNames(where, options, [...own, ...NAMES, ...STAGE_OPTION_NAMES])
  const given = options ?? {}
  const destination = checkDestination(where, given.destination)
  const root = destination ? checkFolder(where, prefix) : checkPrefix(where, prefix)
  const suffix = checkSuffix(where, given.suffix)
  const template = checkTemplate(where, given)
  const compression = enumOption(where, 'compression', given.compression, 'auto', WRITE_COMPRESSIONS)
  compressorOf(where, compression, new ShardNames(root, suffix, template).name(0, 1))
  return {
    root,
    suffix,
    template,
    destination,
    numShards: integerOption(where, 'numShards', given.numShards, 1, 1, 1000),
    maxRecords: integerOption(where, 'maxRecordsPerShard', given.maxRecordsPerShard, Number.MAX_SAFE_INTEGER, 1),
    maxBytes: size(where, 'maxBytesPerShard', given.maxBytesPerShard, Number.MAX_SAFE_INTEGER),
    compression,
    overwrite: booleanOption(where, 'overwrite', given.overwrite, false),
    gcs: isGcs(root),
    client: checkStorageClient(where, given.client),
    allowMixedTargets: booleanOption(where, 'allowMixedTargets', given.allowMixedTargets, false),
    chunkSize: checkChunk(where, given.chunkSize),
    requestTimeout: durationOption(where, 'requestTimeout', given.requestTimeout, DEFAULT_REQUEST_TIMEOUT, 1),
    retryFor: durationOption(where, 'retryFor', given.retryFor, DEFAULT_READ_POLICY.retryFor, 1),
    where,
    stage: stageOptionsOf(given),
  }
}

function checkPrefix(where: string, given: unknown): string {
  const allowed = "the prefix of the files' names, such as 'out/orders' or 'gs://my-bucket/orders'"
  if (typeof given !== 'string' || given === '') throw badOption(where, 'prefix', given, allowed)
  checkPath(given)
  if (isGcs(given)) parseGcsPath(given)
  const path = given.startsWith('file://') ? fileURLToPath(given) : given
  if (path.endsWith('/') || ['.', '..'].includes(basename(path)))
    throw badOption(where, 'prefix', given, `${allowed}; this is a folder`)
  return path
}

/** The folder of all destinations, with a trailing `/`. */
function checkFolder(where: string, given: unknown): string {
  if (typeof given !== 'string' || given === '')
    throw badOption(
      where,
      'prefix',
      given,
      "with `destination`, the folder of all files, such as 'out' or 'gs://my-bucket'",
    )
  const folder = given.endsWith('/') ? given : `${given}/`
  checkPath(`${folder}x`)
  return folder.startsWith('file://') ? fileURLToPath(folder) : folder
}

function checkDestination(where: string, given: unknown): FileWriteSettings['destination'] {
  if (given === undefined || typeof given === 'function') return given as FileWriteSettings['destination']
  throw badOption(
    where,
    'destination',
    given,
    'a function of the element that gives a name, such as row => row.country',
  )
}

function checkSuffix(where: string, given: unknown = ''): string {
  if (typeof given !== 'string' || given.includes('/'))
    throw badOption(where, 'suffix', given, "the end of the names, such as '.jsonl'")
  return given
}

function checkTemplate(where: string, options: FileWriteOptions<never>): string {
  const {shardNameTemplate: given = SHARD_TEMPLATE, numShards = 1, maxRecordsPerShard, maxBytesPerShard} = options
  if (typeof given !== 'string' || given.includes('/') || (given !== '' && !given.includes('S')))
    throw badOption(where, 'shardNameTemplate', given, "a template with S for the number, such as '-SSS-of-NNN', or ''")
  const limit = maxRecordsPerShard === undefined ? 'maxBytesPerShard' : 'maxRecordsPerShard'
  const limited = maxRecordsPerShard !== undefined || maxBytesPerShard !== undefined
  if (given === '' && (numShards !== 1 || limited))
    throw badOption(
      where,
      'shardNameTemplate',
      given,
      `a template with S: \`${limited ? limit : 'numShards'}\` makes several files`,
    )
  if (limited && numShards !== 1)
    throw badOption(
      where,
      'numShards',
      numShards,
      `either that or \`${limit}\`, which decides how many files there are`,
    )
  return given
}

function checkChunk(where: string, given: unknown): number {
  const bytes = given === undefined ? DEFAULT_CHUNK : parseSize(given)
  if (!bytes || bytes % CHUNK_STEP !== 0)
    throw badOption(where, 'chunkSize', given, "a multiple of 256 KiB, such as '8MiB'")
  return bytes
}

function size(where: string, name: string, given: unknown, fallback: number): number {
  if (given === undefined) return fallback
  const bytes = parseSize(given)
  if (!bytes) throw badOption(where, name, given, SIZE_FORMS)
  return bytes
}
