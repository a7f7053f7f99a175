import {basename} from 'node:path'
import {fileURLToPath} from 'node:url'
import {STAGE_OPTION_NAMES, type StageOptions, stageOptionsOf} from '../core/index.ts'
import {badOption, booleanOption, checkOptionNames, enumOption, integerOption} from '../errors/index.ts'
import {DURATION_FORMS, type Duration, parseDuration, parseSize, SIZE_FORMS, type Size} from '../util/index.ts'
import {checkPath, isGcs} from './files.ts'
import {checkStorageClient, type StorageClient} from './gcs-client.ts'
import {parseGcsPath} from './gcs-path.ts'
import {DEFAULT_READ_POLICY} from './read-policy.ts'
import {SHARD_TEMPLATE, ShardNames} from './shard-names.ts'

/** The service takes chunks of multiples of this many bytes. */
const CHUNK_STEP = 256 * 1024
const DEFAULT_CHUNK = 8 * 2 ** 20
const DEFAULT_REQUEST_TIMEOUT = 120_000

/** Options that every sink that writes files takes. */
export interface FileWriteOptions extends StageOptions {
  /** What all names end with, for example `'.jsonl'` or `'.csv.gz'`; default `''`. */
  suffix?: string
  /**
   * What stands between prefix and suffix: `S` are digits of the shard's number, `N` of the count. Default
   * `'-SSSSS-of-NNNNN'`. `''`: one file, which is called prefix + suffix.
   */
  shardNameTemplate?: string
  /** Files to write, at most 1,000, default 1; records go to them in turn. */
  numShards?: number
  /** Records in one file at most; what comes after goes to another file. Default: no limit. */
  maxRecordsPerShard?: number
  /** Bytes in one file at most, before compression; a longer record has a file of its own. Default: no limit. */
  maxBytesPerShard?: Size
  /** `'auto'` (default): gzip if the names end with `.gz`. `'gzip'`, `'none'`: whatever the names are. */
  compression?: 'auto' | 'gzip' | 'none'
  /** Replaces the files of an earlier run, of whatever count. Default false: they are an error. */
  overwrite?: boolean
  /** A ready `Storage` for `gs://` paths. Default: one made from Application Default Credentials and the environment. */
  client?: StorageClient
  /** Allows a job that reads from an emulator and writes to Google Cloud, or the other way; default false. */
  allowMixedTargets?: boolean
  /** `gs://` only: bytes of one upload request, a multiple of 256 KiB; default 8 MiB. */
  chunkSize?: Size
  /** `gs://` only: a request without an answer for so long is given up and made again. Default 2 min. */
  requestTimeout?: Duration
  /** `gs://` only: how long an upload goes on trying without getting further. Default 15 min. */
  retryFor?: Duration
}

const NAMES = [
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
  readonly names: ShardNames
  readonly numShards: number
  readonly maxRecords: number
  readonly maxBytes: number
  readonly gzip: boolean
  readonly overwrite: boolean
  readonly gcs: boolean
  readonly client: StorageClient | undefined
  readonly allowMixedTargets: boolean
  readonly chunkSize: number
  readonly requestTimeout: number
  readonly retryFor: number
  /** The function's name, which is the stage's when none is given. */
  readonly where: string
  /** The part that every stage takes. */
  readonly stage: StageOptions
}

/** Checks the prefix and the common options; `own` are the names of the connector's own options. */
export function checkWriteOptions(
  where: string,
  prefix: unknown,
  options: FileWriteOptions | undefined,
  own: readonly string[],
): FileWriteSettings {
  checkOptionNames(where, options, [...own, ...NAMES, ...STAGE_OPTION_NAMES])
  const given = options ?? {}
  const path = checkPrefix(where, prefix)
  const suffix = checkSuffix(where, given.suffix)
  const template = checkTemplate(where, given)
  const names = new ShardNames(path, suffix, template)
  const compression = enumOption(where, 'compression', given.compression, 'auto', ['auto', 'gzip', 'none'])
  const zipped = names.name(0, 1).endsWith('.gz')
  return {
    names,
    numShards: integerOption(where, 'numShards', given.numShards, 1, 1, 1000),
    maxRecords: integerOption(where, 'maxRecordsPerShard', given.maxRecordsPerShard, Number.MAX_SAFE_INTEGER, 1),
    maxBytes: size(where, 'maxBytesPerShard', given.maxBytesPerShard, Number.MAX_SAFE_INTEGER),
    gzip: compression === 'gzip' || (compression === 'auto' && zipped),
    overwrite: booleanOption(where, 'overwrite', given.overwrite, false),
    gcs: isGcs(path),
    client: checkStorageClient(where, given.client),
    allowMixedTargets: booleanOption(where, 'allowMixedTargets', given.allowMixedTargets, false),
    chunkSize: checkChunk(where, given.chunkSize),
    requestTimeout: duration(where, 'requestTimeout', given.requestTimeout, DEFAULT_REQUEST_TIMEOUT),
    retryFor: duration(where, 'retryFor', given.retryFor, DEFAULT_READ_POLICY.retryFor),
    where,
    stage: stageOptionsOf(given),
  }
}

function checkPrefix(where: string, given: unknown): string {
  const allowed = "what the files' names begin with, such as 'out/orders' or 'gs://my-bucket/orders'"
  if (typeof given !== 'string' || given === '') throw badOption(where, 'prefix', given, allowed)
  checkPath(given)
  if (isGcs(given)) parseGcsPath(given)
  const path = given.startsWith('file://') ? fileURLToPath(given) : given
  if (path.endsWith('/') || ['.', '..'].includes(basename(path)))
    throw badOption(where, 'prefix', given, `${allowed}; this is a folder`)
  return path
}

function checkSuffix(where: string, given: unknown = ''): string {
  if (typeof given !== 'string' || given.includes('/'))
    throw badOption(where, 'suffix', given, "the end of the names, such as '.jsonl'")
  return given
}

function checkTemplate(where: string, options: FileWriteOptions): string {
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

function duration(where: string, name: string, given: unknown, fallback: number): number {
  if (given === undefined) return fallback
  const ms = parseDuration(given)
  if (ms === undefined || ms < 1) throw badOption(where, name, given, DURATION_FORMS)
  return ms
}
