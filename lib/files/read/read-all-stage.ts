import {setMaxListeners} from 'node:events'
import {
  type Bundle,
  BundleStage,
  checkTargets,
  type ElementRules,
  errorPolicy,
  type Lease,
  OutputBuilder,
  stageDescriptor,
} from '../../core/index.ts'
import {show} from '../../errors/index.ts'
import {abortable} from '../../util/index.ts'
import {decompress} from '../codecs/compression.ts'
import {storageTarget} from '../gcs/gcs-client.ts'
import {type Files, isGcs} from '../match/files.ts'
import {type FileInput, idPrefix} from '../parts/file-input.ts'
import type {FileInfo} from '../system/file-system.ts'
import {storedBytes} from '../system/stored-bytes.ts'
import {ahead} from './ahead.ts'
import {BegunRead} from './begun-read.ts'
import {countFiles, openFiles} from './open-files.ts'
import {type Asked, PathQueue} from './path-queue.ts'
import {placed} from './positions.ts'
import type {FileReadSettings} from './read-options.ts'

/** The result of looking up a path. */
interface Matched {
  readonly asked: Asked
  readonly files: Promise<FileInfo[] | {error: unknown}>
}

/** The next step: read a file, or without a file finish a path, successfully or with an error. */
interface Step {
  readonly asked: Asked
  readonly file?: FileInfo
  readonly bytes?: BegunRead
  readonly failure?: {error: unknown}
}

/**
 * The base of stages that take paths and patterns and emit what is in the files, one after the other in the order of the
 * paths; the next ones are looked up and opened ahead.
 *
 * Ids are those of a source that reads the same file; timestamps and leases are those of the path's element. A path that
 * cannot be read is handled by `onError`; what was read of it before remains.
 */
export abstract class ReadAllStage<O, Tags extends object> extends BundleStage<string, O, Tags> {
  readonly #settings: FileReadSettings
  readonly #rules: ElementRules
  readonly #queue = new PathQueue()
  readonly #abort = new AbortController()
  #running: Promise<void> | undefined
  #unfinished = 0
  /** True once a path on Cloud Storage has come. */
  #readsStorage = false
  /** The path that has failed, of which nothing more is read. */
  #failed: Asked | undefined

  constructor(settings: FileReadSettings, onError: unknown) {
    const {where, allowMixedTargets} = settings
    const policy = errorPolicy(where, onError)
    super(
      settings.stage,
      stageDescriptor({
        onError: policy.kind,
        defaultName: where,
        allowMixedTargets,
        target: () => (this.#readsStorage ? storageTarget(settings) : undefined),
        unfinished: () => this.#unfinished,
      }),
    )
    this.#settings = settings
    this.#rules = this.rules(policy)
    countFiles(this.info)
    // each open file adds a listener
    setMaxListeners(0, this.#abort.signal)
  }

  /** The elements of one file. */
  protected abstract readContent(input: FileInput): AsyncIterable<Bundle<O>>

  protected override takeBundle(bundle: Bundle<string>, watermark: number, done: () => void): void {
    this.#unfinished += bundle.values.length
    this.#queue.put(bundle, watermark, done)
    this.#running ??= this.#run().catch(error => {
      if (!this.#abort.signal.aborted) this.fail(error)
    })
  }

  /** Waits for its turn among the paths. */
  protected override takeBarrier(bundle: Bundle<string>, done: () => void): void {
    this.takeBundle(bundle, Number.NEGATIVE_INFINITY, done)
  }

  protected override async finishInput(): Promise<void> {
    this.#queue.end()
    await this.#running
  }

  protected override abort(error: Error | null): void {
    this.#abort.abort(error ?? undefined)
    // ends what is waiting for paths
    this.#queue.end()
  }

  async #run(): Promise<void> {
    const {concurrency} = this.#settings
    const files = openFiles(this.#settings, this.info)
    const {signal} = this.#abort
    const match = (asked: Asked): Matched => ({asked, files: this.#match(asked, files)})
    const open = (step: Step): Step => (step.file ? {...step, bytes: new BegunRead(files, step.file, signal)} : step)
    const matched = ahead(this.#queue, concurrency, match, () => {})
    for await (const step of ahead(stepsOf(matched), concurrency, open, ({bytes}) => bytes?.drop())) {
      await this.#room()
      if (step.asked.index < 0) this.#caughtUp(step.asked)
      else if (step.file) await this.#readFile(step.asked, step.file, step.bytes!)
      else this.#finish(step.asked, step.failure)
    }
  }

  async #match({bundle, index}: Asked, files: Files): Promise<FileInfo[] | {error: unknown}> {
    if (index < 0) return []
    const path = bundle.values[index]
    try {
      if (typeof path !== 'string' || path === '') throw new TypeError(`${show(path)} is neither a path nor a pattern`)
      if (isGcs(path)) this.#checkTarget()
      return await files.match(path, this.#abort.signal)
    } catch (error) {
      return {error}
    }
  }

  /** Only now is it known that there is something to read on Cloud Storage. A mix of targets is not the fault of a path. */
  #checkTarget(): void {
    const {info} = this
    if (this.#readsStorage) return
    this.#readsStorage = true
    try {
      checkTargets(info)
    } catch (error) {
      this.fail(error)
      throw error
    }
  }

  async #readFile(asked: Asked, file: FileInfo, bytes: BegunRead): Promise<void> {
    if (this.#failed === asked) return bytes.drop()
    const {extra} = this.info.metrics
    const stored = storedBytes(() => bytes, extra)
    const content = decompress(stored.open(0), this.#settings.compression, file.path)
    const input = {file, prefix: idPrefix(file), content, stored}
    const bundles = placed(this.#settings, file.path, this.readContent(input))[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await bundles.next().catch((error: unknown) => ({error}))
        // outside: a failure while lines are handed on is not the fault of the path
        if ('error' in next) return this.#fail(asked, next.error)
        if (next.done) break
        await this.#room()
        this.#handOn(asked, next.value)
      }
    } finally {
      await bundles.return?.()
    }
    extra['files']!++
  }

  #handOn({bundle, index}: Asked, {values, ids}: Bundle<O>): void {
    const {length} = values
    bundle.leases?.[index]?.retain(length)
    this.hand(bundle.derive(values, {parents: new Uint32Array(length).fill(index)}, {ids}))
  }

  /** Finishes a path: what was made of it has its own leases by now. */
  #finish(asked: Asked, failure: Step['failure']): void {
    if (failure) this.#fail(asked, failure.error)
    this.#unfinished--
    if (this.#failed !== asked) leaseOf(asked)?.release()
  }

  #fail(asked: Asked, error: unknown): void {
    this.#abort.signal.throwIfAborted()
    this.#failed = asked
    const {bundle, index} = asked
    this.#rules.failed(error, bundle, index, {
      addTagged: (tag, value, ordinal) => {
        const letters = new OutputBuilder(bundle, {tag})
        letters.add(value, index, ordinal)
        for (const letter of letters.take(1)) this.handTagged(tag, letter)
      },
      holds: () => false,
      // what was read of the path before stands
      discard: () => {},
    })
  }

  #caughtUp({bundle, watermark}: Asked): void {
    this.passBarrier(bundle)
    this.advance(watermark)
  }

  #room(): Promise<void> {
    this.#abort.signal.throwIfAborted()
    if (this.hasRoom()) return Promise.resolve()
    return abortable(this.#abort.signal, new Promise(resolve => this.whenRoom(resolve)))
  }
}

function leaseOf({bundle, index}: Asked): Lease | undefined {
  return bundle.leases?.[index]
}

async function* stepsOf(matched: AsyncIterable<Matched>): AsyncGenerator<Step> {
  for await (const {asked, files} of matched) {
    const found = await files
    if (!Array.isArray(found)) yield {asked, failure: found}
    else {
      for (const file of found) yield {asked, file}
      yield {asked}
    }
  }
}
