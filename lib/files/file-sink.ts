import {rmSync} from 'node:fs'
import {type Bundle, isCheckpointed, isLeased, Sink} from '../core/index.ts'
import {SluiceError} from '../errors/index.ts'
import {formatDuration} from '../util/index.ts'
import {checkpointedError} from './checkpointed-error.ts'
import {storageTarget} from './gcs-client.ts'
import {GcsShards} from './gcs-shards.ts'
import {existsError} from './gcs-write-errors.ts'
import {LocalShards, localWriteError} from './local-shards.ts'
import {DEFAULT_READ_POLICY, type RetryNote} from './read-policy.ts'
import {GATHER, ShardFile} from './shard-file.ts'
import type {ShardStore} from './shard-store.ts'
import type {FileWriteSettings} from './write-options.ts'

/** Retrying for so long is worth a line in the log. */
const LOG_AFTER = 10_000

/**
 * The base of sinks that write files: records go to temporary files, and those become the shards at the end, all or none.
 *
 * Metrics besides those of every sink: `records`, `bytes` (stored) and `files` written, `retries`.
 */
export abstract class FileSink<I> extends Sink<I> {
  readonly #settings: FileWriteSettings
  readonly #contentType: string
  /** One shard without limits: nothing is counted. */
  readonly #plain: boolean
  #store: ShardStore | undefined
  /** The shards that take records. */
  readonly #open: ShardFile[] = []
  /** Shards that are full, in their order. */
  readonly #full: ShardFile[] = []
  #next = 0
  #scratch: Buffer | undefined
  #looked = false
  #written: readonly string[] | undefined

  constructor(settings: FileWriteSettings, contentType: string) {
    super(settings.stage)
    this.#settings = settings
    this.#contentType = settings.gzip ? 'application/gzip' : contentType
    const {numShards, maxRecords, maxBytes} = settings
    this.#plain = numShards === 1 && Math.min(maxRecords, maxBytes) === Number.MAX_SAFE_INTEGER
    const {info} = this
    if (!info.named) info.name = settings.where
    info.allowMixedTargets = settings.allowMixedTargets
    if (settings.gcs) info.target = () => storageTarget(settings)
    Object.assign(info.metrics.extra, {files: 0, bytes: 0, records: 0, ...(settings.gcs && {retries: 0})})
    this.on('pipe', () => {
      if (isLeased(info)) this.destroy(this.#leased())
    })
  }

  /** The text of one record, with its line end. */
  protected abstract record(value: I): string
  /** What each shard begins with; asked when the first record has been made. */
  protected header(): string {
    return ''
  }
  /** What each shard ends with. */
  protected footer(): string {
    return ''
  }

  /** The names of the files; empty until the sink has finished. */
  get written(): readonly string[] {
    return this.#written ?? []
  }

  override async setup(signal: AbortSignal): Promise<void> {
    await this.#look(signal)
  }

  override async writeBundle({values, leases}: Bundle<I>): Promise<void> {
    if (leases) throw this.#leased()
    if (this.#plain) await this.#writeAll(values)
    else await this.#spread(values)
    this.info.metrics.extra['records']! += values.length
  }

  /** All to one shard. */
  async #writeAll(values: readonly I[]): Promise<void> {
    let text = ''
    for (const value of values) {
      text += this.record(value)
      if (text.length < GATHER) continue
      await this.#give(text)
      text = ''
    }
    if (text !== '') await this.#give(text)
  }

  async #give(text: string): Promise<void> {
    const shard = this.#open[0] ?? (await this.#add(0))
    shard.add(text)
    if (shard.isReady) await this.#disk(shard.path, shard.write())
  }

  /** To several shards, in turn or one after the other. */
  async #spread(values: readonly I[]): Promise<void> {
    const {numShards, maxRecords, maxBytes} = this.#settings
    const closing = Buffer.byteLength(this.footer())
    for (const value of values) {
      const text = this.record(value)
      let shard = this.#open[this.#next] ?? (await this.#add(this.#next))
      const length = Buffer.byteLength(text)
      if (shard.records >= maxRecords || (shard.records > 0 && shard.bytes + length + closing > maxBytes)) {
        await this.#close(shard)
        this.#full.push(shard)
        shard = await this.#add(this.#next)
      }
      shard.add(text)
      shard.records++
      shard.bytes += length
      if (shard.isReady) await this.#disk(shard.path, shard.write())
      if (++this.#next === numShards) this.#next = 0
    }
  }

  /** Only at the end: a count of shards stands in every name. */
  override async commit(): Promise<void> {
    if (this.#written) return
    const {numShards, names, overwrite} = this.#settings
    const {signal} = this
    if (!this.#looked) await this.#look(signal)
    for (let i = this.#open.length; i < numShards; i++) await this.#add(i)
    for (const shard of this.#open) await this.#close(shard)
    const files = [...this.#full, ...this.#open]
    const shards = files.map(({path: local, size, crc32c}, i) => ({
      local,
      path: names.name(i, files.length),
      size,
      crc32c,
    }))
    const store = this.#shards()
    const old = await store.existing(signal)
    if (old.length > 0 && !overwrite) throw existsError(old.map(({path}) => path))
    signal.throwIfAborted()
    await store.publish(shards, old, signal)
    const kept = new Set(shards.map(({path}) => path))
    this.#written = [...kept]
    this.info.metrics.extra['files'] = kept.size
    store.cleanUp()
    await store.remove(
      old.filter(({path}) => !kept.has(path)),
      signal,
    )
  }

  /** A file is complete at the end only: before it, this is an error, and the sink goes on. */
  override async flush(): Promise<void> {
    if (this.writableEnded || this.destroyed) return super.flush()
    const {name} = this.info
    throw new SluiceError(
      'ERR_SLUICE_SINK',
      `${name}: files are complete when the sink has ended, not before. Call \`end()\` and wait for 'finish', or write ` +
        'each part by a sink of its own',
      {stage: name},
    )
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    for (const shard of [...this.#full, ...this.#open]) shard.destroy()
    this.#store?.cleanUp()
    super._destroy(error, callback)
  }

  async #look(signal: AbortSignal): Promise<void> {
    this.#looked = true
    const old = await this.#shards().existing(signal)
    if (old.length > 0 && !this.#settings.overwrite) throw existsError(old.map(({path}) => path))
  }

  /** Opens the shard that takes records at `index`. */
  async #add(index: number): Promise<ShardFile> {
    this.signal.throwIfAborted()
    const store = this.#shards()
    const path = store.temporary()
    const {extra} = this.info.metrics
    const options = {
      gzip: this.#settings.gzip,
      checksum: store.checksum,
      gather: Math.max(4096, GATHER / this.#settings.numShards),
      scratch: (this.#scratch ??= Buffer.allocUnsafeSlow(4 * GATHER)),
      onBytes: (count: number) => void (extra['bytes']! += count),
    }
    const shard = await this.#disk(path, ShardFile.create(path, options))
    this.#open[index] = shard
    if (this.destroyed) {
      // it was made after the others had been removed
      shard.destroy()
      rmSync(path, {force: true})
      this.signal.throwIfAborted()
    }
    const header = this.header()
    shard.add(header)
    shard.bytes = Buffer.byteLength(header)
    return shard
  }

  async #close(shard: ShardFile): Promise<void> {
    shard.add(this.footer())
    await this.#disk(shard.path, shard.close(this.#shards().sync))
  }

  async #disk<T>(path: string, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (cause) {
      this.signal.throwIfAborted()
      throw localWriteError(path, cause)
    }
  }

  #shards(): ShardStore {
    this.#store ??= this.#makeStore()
    return this.#store
  }

  #makeStore(): ShardStore {
    const {names, gcs, client, chunkSize, requestTimeout, retryFor} = this.#settings
    if (!gcs) return new LocalShards(names)
    const {clock, logger} = this.info
    const onRetry = (note: RetryNote) => this.#onRetry(note)
    const policy = {...DEFAULT_READ_POLICY, stallTimeout: requestTimeout, retryFor, clock, onRetry}
    return new GcsShards(names, {client, policy, chunkSize, contentType: this.#contentType, logger})
  }

  #onRetry({what, reason, waitMs, failingMs}: RetryNote): void {
    const {name, logger, metrics} = this.info
    metrics.extra['retries']!++
    if (failingMs + waitMs < LOG_AFTER) return
    logger.warn(
      `${name}: ${what} gets no further for ${formatDuration(failingMs)}, next try in ${formatDuration(waitMs)}: ${reason}`,
      {stage: name},
    )
  }

  #leased(): SluiceError {
    const {name} = this.info
    if (isCheckpointed(this.info)) return checkpointedError(name)
    return new SluiceError(
      'ERR_SLUICE_LEASE',
      `${name}: messages can be acknowledged only when the file that holds them is complete, and that is at the end, ` +
        'which a stream of messages does not have. Write them to BigQuery or Pub/Sub; for dead letters give a sink ' +
        '`deadLetter: {file}`, {table} or {topic}',
      {stage: name},
    )
  }
}
