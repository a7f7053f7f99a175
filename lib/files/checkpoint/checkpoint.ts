import {randomUUID} from 'node:crypto'
import {fileURLToPath} from 'node:url'
import {type Logger, systemClock, type Timer} from '../../core/index.ts'
import {SluiceError, show} from '../../errors/index.ts'
import {deferred} from '../../util/index.ts'
import type {StorageClient} from '../gcs/gcs-client.ts'
import {DEFAULT_READ_POLICY} from '../gcs/read-policy.ts'
import {checkPath} from '../match/files.ts'
import {parseCheckpoint, type WrittenCheckpoint, type WrittenInput, writeCheckpoint} from './checkpoint-format.ts'
import {type CheckpointStore, checkpointStore, REST} from './checkpoint-store.ts'
import {SourceCheckpoint} from './source-checkpoint.ts'

/** What a run passes to its checkpoint. */
interface CheckpointOptions {
  /** Name of the job: a checkpoint belongs to one job. */
  readonly job: string
  readonly logger: Logger
  readonly client?: StorageClient | undefined
  /** Called once if the checkpoint can no longer be kept: another run has written it, or it cannot be written. */
  readonly failed: (error: unknown) => void
}

/**
 * Which records of which files are committed, kept in a file or an object: what a resumed run need not read again. It is
 * written some time after the commits and never delays them; what was committed but not yet written is read again.
 */
export class Checkpoint {
  readonly path: string
  readonly #options: CheckpointOptions
  readonly #store: CheckpointStore
  readonly #abort = new AbortController()
  readonly #sources = new Map<string, SourceCheckpoint>()
  readonly #run = randomUUID()
  #saves = 0
  #savedAt = 0
  /** Milliseconds that it took to make the text: with 10,000 files, longer than to write it. */
  #making = 0
  #opening: Promise<void> | undefined
  #opened = false
  #complete = false
  #changed = false
  #timer: Timer | undefined
  #saving: Promise<void> | undefined
  /** No more writes. */
  #over = false

  constructor(path: string, options: CheckpointOptions) {
    this.path = path.startsWith('file://') ? fileURLToPath(path) : path
    this.#options = options
    checkPath(path)
    const policy = DEFAULT_READ_POLICY
    this.#store = checkpointStore(this.path, {client: options.client, policy, signal: this.#abort.signal})
  }

  /** The checkpoint of one step that reads files. Must be called for every such step before the first of them reads. */
  source(step: string, input: WrittenInput, logger: Logger): SourceCheckpoint {
    if (this.#sources.has(step))
      throw new SluiceError(
        'ERR_SLUICE_CHECKPOINT',
        `two sources are called ${show(step)}, but a checkpoint recognises sources by name: give each its own \`name\``,
        {stage: step},
      )
    const source = new SourceCheckpoint(step, input, {
      logger,
      path: this.path,
      open: () => this.#open(),
      changed: () => this.#change(),
    })
    this.#sources.set(step, source)
    return source
  }

  /** Ends a successful run: writes what is committed, and whether that is everything. Rejects if it cannot be written. */
  async finish(): Promise<void> {
    if (!this.#opened) return
    this.#complete = [...this.#sources.values()].every(source => source.isComplete)
    for (const [name, source] of this.#sources) if (source.isLeftOver) this.#warn(name)
    this.#change()
    await this.#flush()
    // a reader that was told to stop may still reach the end of a file: what it notes then must not be written over a later run's
    this.#over = true
    this.#timer?.cancel()
    await this.#store.settled()
  }

  #warn(step: string): void {
    this.#options.logger.warn(
      `${step}: according to checkpoint ${this.path} not everything that was read is committed: some of it was nacked, or a stage has ` +
        'kept it. The next run reads it again',
      {stage: step},
    )
  }

  /** Ends a failed run: writes what is committed if possible. Never rejects. */
  async stop(): Promise<void> {
    if (this.#over || !this.#opened) return this.#close()
    await this.#flush().catch(error =>
      this.#options.logger.warn(`checkpoint ${this.path} could not be updated: ${error}`),
    )
    this.#close()
  }

  #close(): void {
    this.#over = true
    this.#timer?.cancel()
    this.#abort.abort(new Error('the run has ended'))
  }

  /** Reads what an earlier run has left, and claims it for this run, which a run that is still going notices. */
  #open(): Promise<void> {
    this.#opening ??= this.#read()
    return this.#opening
  }

  async #read(): Promise<void> {
    const text = await this.#store.read()
    if (text !== undefined) this.#resume(parseCheckpoint(this.path, text))
    await this.#write()
    this.#opened = true
  }

  #resume(found: WrittenCheckpoint): void {
    const {job} = this.#options
    if (found.job !== job) throw this.#otherJob(`it belongs to job ${show(found.job)}, but this is ${show(job)}`)
    const names = [...this.#sources.keys()].sort()
    const known = Object.keys(found.sources).sort()
    if (names.join('\n') !== known.join('\n'))
      throw this.#otherJob(`its steps that read files are ${show(known)}, but those of this job are ${show(names)}`)
    for (const [name, source] of this.#sources) {
      const {input, files} = found.sources[name]!
      if (JSON.stringify(input) !== JSON.stringify(source.input))
        throw this.#otherJob(
          `step ${show(name)} reads ${inputText(source.input)}, but in the checkpoint ${inputText(input)}`,
        )
      source.resume(files)
    }
  }

  #otherJob(what: string): SluiceError {
    return new SluiceError(
      'ERR_SLUICE_CHECKPOINT',
      `${this.path} is the checkpoint of something else: ${what}. Give each job its own checkpoint, and a new one when its input changes`,
    )
  }

  #change(): void {
    this.#changed = true
    if (this.#over || this.#timer || this.#saving) return
    this.#timer = systemClock.setTimeout(
      () => {
        this.#timer = undefined
        this.#save().catch(error => this.#fail(error))
      },
      Math.max(0, Math.max(this.#store.interval, REST * this.#making) - (performance.now() - this.#savedAt)),
    )
  }

  #fail(error: unknown): void {
    if (this.#over) return
    this.#close()
    this.#options.failed(error)
  }

  /** Writes until nothing changes during a write. */
  async #flush(): Promise<void> {
    if (this.#saving) await this.#saving
    while (this.#changed) await this.#save()
  }

  #save(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    const saved = deferred()
    saved.promise.catch(() => {})
    this.#saving = saved.promise
    this.#write().then(
      () => {
        this.#saving = undefined
        saved.resolve()
        if (this.#changed) this.#change()
      },
      error => {
        this.#saving = undefined
        saved.reject(error)
      },
    )
    return saved.promise
  }

  async #write(): Promise<void> {
    this.#changed = false
    this.#saves++
    const from = performance.now()
    const sources = Object.fromEntries([...this.#sources].map(([name, source]) => [name, source.written()]))
    const {job} = this.#options
    const text = writeCheckpoint({job, complete: this.#complete, run: this.#run, saves: this.#saves, sources})
    this.#making = performance.now() - from
    await this.#store.write(text)
    this.#savedAt = performance.now()
  }
}

function inputText({read, patterns, range}: WrittenInput): string {
  return `${read}(${show(patterns)}${range ? `, range ${show(range)}` : ''})`
}
