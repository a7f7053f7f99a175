import {mkdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Logger} from '../../core/index.ts'
import {inLanes} from '../../util/index.ts'
import type {FileInfo} from '../system/file-system.ts'
import {sortByName} from '../system/glob.ts'
import type {ShardNames} from '../system/shard-names.ts'
import type {FinishedShard, ShardStore} from '../system/shard-store.ts'
import {removeLeftBehind, temporaryMark} from '../system/temporary-names.ts'
import type {GcsFailure} from './classify-error.ts'
import type {GcsPage} from './gcs-answers.ts'
import {withRetries} from './gcs-call.ts'
import {type GcsClient, openGcs, type StorageClient} from './gcs-client.ts'
import {gaveUpWriting} from './gcs-errors.ts'
import {listPages} from './gcs-listing.ts'
import {type GcsPath, parseGcsPath} from './gcs-path.ts'
import {type GcsUploadClient, openGcsUploads} from './gcs-upload-client.ts'
import {type Contact, type ReadPolicy, Retries} from './read-policy.ts'
import {resumableUpload} from './resumable-upload.ts'
import {toSluiceError} from './to-sluice-error.ts'

/** Concurrent uploads; more for small objects, which spend their time waiting rather than sending. */
const AT_ONCE = 4
const SMALL_AT_ONCE = 16
const SMALL = 2 ** 20

interface GcsShardsOptions {
  readonly client: StorageClient | undefined
  readonly policy: ReadPolicy
  readonly chunkSize: number
  readonly logger: Logger
}

/** Shards on Cloud Storage: written to files in the system's temporary folder, and uploaded at the end. */
export class GcsShards implements ShardStore {
  readonly #options: GcsShardsOptions
  readonly #contact: Contact = {made: false}
  #reading: Promise<GcsClient> | undefined
  #writing: Promise<GcsUploadClient> | undefined
  #folder: string | undefined
  #count = 0

  constructor(options: GcsShardsOptions) {
    this.#options = options
  }

  async existing(names: ShardNames, signal: AbortSignal): Promise<FileInfo[]> {
    const found = await this.#list(parseGcsPath(names.prefix), signal)
    return sortByName(found.filter(({path}) => names.isShard(path)))
  }

  forget(): void {
    // every call of `existing` lists anew
  }

  temporary(): string {
    this.#folder ??= this.#makeFolder()
    return join(this.#folder, String(this.#count++))
  }

  async publish(shards: readonly FinishedShard[], old: readonly FileInfo[], signal: AbortSignal): Promise<void> {
    const generations = new Map(old.map(({path, generation}) => [path, generation]))
    const made: FileInfo[] = []
    const failed = new AbortController()
    const inner = AbortSignal.any([signal, failed.signal])
    const upload = async (shard: FinishedShard) => {
      const generation = generations.get(shard.path)
      const object = await this.#upload(shard, generation ?? '0', inner)
      if (generation === undefined) made.push(object)
    }
    const atOnce = shards.every(({size}) => size <= SMALL) ? SMALL_AT_ONCE : AT_ONCE
    await inLanes(atOnce, shards, shard => upload(shard).catch(error => failed.abort(error)))
    // aborted after the last upload
    if (signal.aborted) failed.abort(signal.reason)
    if (!failed.signal.aborted) return
    await this.#takeBack(made)
    throw failed.signal.reason
  }

  async remove(old: readonly FileInfo[], signal: AbortSignal): Promise<void> {
    const client = await this.#uploads()
    await inLanes(SMALL_AT_ONCE, old, ({path, generation = '0'}) => {
      const place = parseGcsPath(path)
      const final = (failure: GcsFailure) => toSluiceError(failure, {doing: 'remove', path: place})
      return this.#call(path, signal, inner => client.remove(place, generation, inner).catch(unlessGone), final)
    })
  }

  cleanUp(): void {
    if (this.#folder) rmSync(this.#folder, {recursive: true, force: true})
    this.#folder = undefined
  }

  #makeFolder(): string {
    removeLeftBehind(tmpdir())
    const folder = join(tmpdir(), `sluice-${temporaryMark()}`)
    mkdirSync(folder, {mode: 0o700})
    return folder
  }

  async #upload(
    {local, path, size, crc32c, contentType}: FinishedShard,
    generation: string,
    signal: AbortSignal,
  ): Promise<FileInfo> {
    signal.throwIfAborted()
    const {chunkSize, policy} = this.#options
    return resumableUpload(
      local,
      parseGcsPath(path),
      {size, crc32c, contentType, generation},
      {
        client: await this.#uploads(),
        lookUp: async (place, inner) => (await this.#list(place, inner)).find(file => file.path === path),
        policy,
        contact: this.#contact,
        chunkSize,
        signal,
      },
    )
  }

  /** Removes, after a failure, the shards that were already final. Goes on even if the run is aborted. */
  async #takeBack(made: readonly FileInfo[]): Promise<void> {
    const signal = new AbortController().signal
    await inLanes(SMALL_AT_ONCE, made, file =>
      this.remove([file], signal).catch(error =>
        this.#options.logger.error(
          `${file.path} is left over from a run that failed, and could not be removed: ${error}`,
        ),
      ),
    )
  }

  async #list({bucket, name}: GcsPath, signal: AbortSignal): Promise<FileInfo[]> {
    this.#reading ??= openGcs(this.#options.client)
    const client = await this.#reading
    const files: FileInfo[] = []
    const path = `gs://${bucket}/${name}`
    const final = (failure: GcsFailure) => toSluiceError(failure, {doing: 'list', bucket, pattern: `${path}*`})
    const call = (run: (signal: AbortSignal) => Promise<GcsPage>) => this.#call(path, signal, run, final)
    for await (const page of listPages(client, bucket, {prefix: name, delimiter: '/'}, call)) files.push(...page.files)
    return files
  }

  #call<T>(
    what: string,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
    final: Parameters<typeof withRetries>[4],
  ): Promise<T> {
    const {policy} = this.#options
    return withRetries(new Retries(what, policy, this.#contact, gaveUpWriting), policy, signal, run, final)
  }

  #uploads(): Promise<GcsUploadClient> {
    this.#writing ??= openGcsUploads(this.#options.client)
    return this.#writing
  }
}

/** The object to remove is gone, or is another one by now: nothing is left to do. */
function unlessGone(error: unknown): void {
  const code = Number((error as {code?: unknown} | null)?.code)
  if (code !== 404 && code !== 412) throw error
}
