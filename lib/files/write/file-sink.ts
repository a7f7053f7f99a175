import {type Bundle, isCheckpointed, isLeased, Sink, stageDescriptor} from '../../core/index.ts'
import {SluiceError} from '../../errors/index.ts'
import {inLanes} from '../../util/index.ts'
import {checkpointedError} from '../checkpoint/checkpointed-error.ts'
import {type Compressor, compressorOf} from '../codecs/write-compression.ts'
import {storageTarget} from '../gcs/gcs-client.ts'
import {bucketsOf} from '../gcs/gcs-path.ts'
import {localWriteError} from '../local/local-shards.ts'
import {existsError} from '../system/exists-error.ts'
import type {FileInfo} from '../system/file-system.ts'
import {ShardNames} from '../system/shard-names.ts'
import type {ShardStore} from '../system/shard-store.ts'
import {checkWriting} from './check-writing.ts'
import {checkNames, destinationPrefix} from './destinations.ts'
import {FileSet, type FileSetTools} from './file-set.ts'
import {LookAhead} from './look-ahead.ts'
import {openShards} from './open-shards.ts'
import type {RecordFormat} from './record-format.ts'
import {GATHER, type Gathered, type ShardFile} from './shard-file.ts'
import {SpooledFile} from './spooled-file.ts'
import {StreamedFile} from './streamed-file.ts'
import type {FileWriteSettings} from './write-options.ts'

/** Files that may stay open at once; with more files, each is opened for each write. */
const OPEN_FILES = 32
/** The most characters that wait in memory, over all destinations; each gathers fewer than this. */
const GATHER_ALL = 4 * 2 ** 20
const GATHER_EACH = 64 * 1024
/** Destinations that are listed or closed at once. */
const AT_ONCE = 16

/**
 * The base of sinks that write files: records go to temporary files, which become the final shards at the end, all or none.
 *
 * Metrics besides those of every sink: `records`, `bytes` (stored) and `files` written, `retries`.
 */
export abstract class FileSink<I> extends Sink<I> {
  readonly #settings: FileWriteSettings
  readonly #destination: ((value: I) => unknown) | undefined
  readonly #tools: FileSetTools
  /** One shard without limits: nothing is counted. */
  readonly #plain: boolean
  /** By the prefix of their files' names. */
  readonly #sets = new Map<string, FileSet<I>>()
  /** The same, by what `destination` returned. */
  readonly #byDestination = new Map<unknown, FileSet<I>>()
  readonly #gathered: Gathered = {total: 0}
  readonly #looks = new LookAhead(AT_ONCE, prefix => this.#look(prefix))
  #store: ShardStore | undefined
  #written: readonly string[] | undefined

  constructor(settings: FileWriteSettings, contentType: string) {
    super(
      settings.stage,
      stageDescriptor({
        defaultName: settings.where,
        allowMixedTargets: settings.allowMixedTargets,
        target: settings.gcs ? () => storageTarget(settings) : undefined,
        resources: () => bucketsOf([settings.root]),
        check: signal => checkWriting(settings, signal),
        written: () => this.written,
      }),
    )
    this.#settings = settings
    this.#destination = settings.destination as ((value: I) => unknown) | undefined
    const {numShards, maxRecords, maxBytes} = settings
    this.#plain = numShards === 1 && Math.min(maxRecords, maxBytes) === Number.MAX_SAFE_INTEGER
    this.#tools = {
      settings,
      contentType,
      sync: !settings.gcs,
      create: compressor => this.#create(compressor),
      disk: (file, work) => this.#disk(file, work),
    }
    const {info} = this
    Object.assign(info.metrics.extra, {files: 0, bytes: 0, records: 0, ...(settings.gcs && {retries: 0})})
    this.on('pipe', () => {
      if (isLeased(info)) this.destroy(this.#leased())
    })
  }

  /** The format of the files whose names begin with `prefix`. */
  protected abstract format(prefix: string): RecordFormat<I>

  /** The names of the files; empty until the sink has finished. */
  get written(): readonly string[] {
    return this.#written ?? []
  }

  override async setup(): Promise<void> {
    const {root, destination} = this.#settings
    // destinations are checked when they come up
    if (destination) this.#shards()
    else await this.#look(root)
  }

  override async writeBundle({values, leases}: Bundle<I>): Promise<void> {
    if (leases) throw this.#leased()
    if (this.#destination) await this.#deal(values, this.#destination)
    else if (this.#plain) await this.#setOf(this.#settings.root).writeAll(values)
    else {
      const set = this.#setOf(this.#settings.root)
      for (const value of values) {
        const written = set.add(value)
        if (written) await written
      }
    }
    this.info.metrics.extra['records']! += values.length
  }

  /** Adds each value to the files of its destination. */
  async #deal(values: readonly I[], destination: (value: I) => unknown): Promise<void> {
    for (const value of values) {
      const given = destination(value)
      const set = this.#byDestination.get(given) ?? this.#newDestination(given, value)
      const written = set.add(value)
      if (written) await written
      if (this.#gathered.total >= GATHER_ALL) await this.#writeGathered()
    }
    this.#looks.throwIfFailed()
  }

  #newDestination(given: unknown, value: I): FileSet<I> {
    const prefix = destinationPrefix(this.#settings, given, value)
    const set = this.#setOf(prefix)
    this.#byDestination.set(given, set)
    return set
  }

  #setOf(prefix: string): FileSet<I> {
    const known = this.#sets.get(prefix)
    if (known) return known
    const {where, suffix, template, compression, destination} = this.#settings
    const names = new ShardNames(prefix, suffix, template)
    const compressor = compressorOf(where, compression, names.name(0, 1))
    const set = new FileSet(names, this.format(prefix), compressor, this.#tools)
    this.#sets.set(prefix, set)
    if (destination) this.#looks.add(prefix)
    return set
  }

  /** Writes everything that waits: with many destinations each has gathered little. */
  async #writeGathered(): Promise<void> {
    const waiting = [...this.#sets.values()].flatMap(set => set.waiting())
    await inLanes(AT_ONCE, waiting, file => this.#disk(file, file.write()))
  }

  /** Only at the end: every name contains the number of shards. */
  override async commit(): Promise<void> {
    if (this.#written) return
    const {root, destination} = this.#settings
    const {signal} = this
    const store = this.#shards()
    if (!destination && this.#sets.size === 0) await this.#look(root)
    await this.#looks.settled()
    if (!destination) this.#setOf(root)
    const sets = [...this.#sets.values()]
    await inLanes(AT_ONCE, sets, set => {
      set.complete()
      return set.close()
    })
    const shards = sets.flatMap(set => set.finished())
    checkNames(shards)
    store.forget()
    const old: FileInfo[] = []
    await inLanes(AT_ONCE, sets, async set => void old.push(...(await this.#old(set.names))))
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

  /** A file is complete only at the end: before that, this is an error, and the sink goes on. */
  override async flush(): Promise<void> {
    if (this.writableEnded || this.destroyed) return super.flush()
    const {name} = this.info
    throw new SluiceError(
      'ERR_SLUICE_SINK',
      `${name}: files are complete when the sink has ended, not before. Call \`end()\` and wait for 'finish', or write ` +
        'each part with its own sink',
      {stage: name},
    )
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    for (const set of this.#sets.values()) set.destroy()
    this.#store?.cleanUp()
    super._destroy(error, callback)
  }

  async #look(prefix: string): Promise<void> {
    await this.#old(new ShardNames(prefix, this.#settings.suffix, this.#settings.template))
  }

  /** The files of an earlier run; an error unless they are to be replaced. */
  async #old(names: ShardNames): Promise<FileInfo[]> {
    const old = await this.#shards().existing(names, this.signal)
    if (old.length > 0 && !this.#settings.overwrite) throw existsError(old.map(({path}) => path))
    return old
  }

  #create(compressor: Compressor | undefined): ShardFile {
    this.signal.throwIfAborted()
    const {numShards, destination, gcs} = this.#settings
    const {extra} = this.info.metrics
    const File = destination || numShards > OPEN_FILES ? SpooledFile : StreamedFile
    return new File({
      temporary: () => this.#shards().temporary(),
      mode: () => this.#shards().mode,
      compressor,
      checksum: gcs,
      gather: Math.max(4096, (destination ? GATHER_EACH : GATHER) / numShards),
      gathered: this.#gathered,
      onBytes: count => void (extra['bytes']! += count),
    })
  }

  async #disk(file: ShardFile, work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (cause) {
      this.signal.throwIfAborted()
      throw localWriteError(file.path, cause)
    }
  }

  #shards(): ShardStore {
    this.#store ??= openShards(this.#settings, this.info)
    return this.#store
  }

  #leased(): SluiceError {
    const {name} = this.info
    if (isCheckpointed(this.info)) return checkpointedError(name)
    return new SluiceError(
      'ERR_SLUICE_LEASE',
      `${name}: messages can be acknowledged only when the file that holds them is complete, which is at the end, ` +
        'and a stream of messages has no end. Write them to BigQuery or Pub/Sub; for dead letters give a sink ' +
        '`deadLetter: {file}`, {table} or {topic}',
      {stage: name},
    )
  }
}
