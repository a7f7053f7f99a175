import {setMaxListeners} from 'node:events'
import {
  type Bundle,
  type DescriptorParts,
  Sink,
  type StageReadable,
  sleep,
  stageDescriptor,
  stageOptionsOf,
} from '../core/index.ts'
import {SluiceError} from '../errors/index.ts'
import {deferred} from '../util/index.ts'
import {BatchError, type FailedRow, writtenNote} from './batch-error.ts'
import type {BatchItem, Given, Refusal, Reject, Stop} from './batch-item.ts'
import {type Batches, BatchQueue} from './batch-queue.ts'
import {type BatchEvents, type BatchPort, type RetryNote, type RowError, writeBatch} from './batch-writer.ts'
import type {BatchingSinkOptions} from './batching-sink-options.ts'
import {KeyedBatchQueue, type Laned} from './keyed-batch-queue.ts'
import {noteRetry} from './note-retry.ts'
import {RejectOutput} from './reject-output.ts'

const SHOWN_ROWS = 100
/** How long requests in flight may take after the sink has failed, ms. */
const STOP_GRACE = 10_000

/**
 * The base of every sink that writes batches: makes them, sends and retries them, sets refused rows aside, and counts.
 *
 * `'finish'` is emitted only after every row is committed or handed to `failedRows()` or `deadLetter`. With neither, the first
 * refused row stops the intake, lets requests in flight end, and fails the stream with a {@link BatchError}.
 */
export abstract class BatchingSink<Row, Item extends BatchItem<Row>, Answer = unknown> extends Sink<Row> {
  readonly #options: BatchingSinkOptions
  readonly #queue: Batches<Item>
  readonly #stopping = new AbortController()
  /** Batches in flight. */
  readonly #sending = new Set<Item[]>()
  readonly #failed = deferred<never>()
  #failing = false
  #rejects: RejectOutput<Row> | undefined
  readonly #shown: FailedRow<Row>[] = []

  constructor(options: BatchingSinkOptions, described: DescriptorParts) {
    super(stageOptionsOf(options), stageDescriptor({maxDelay: options.policy.maxDelay, ...described}))
    this.#options = options
    const {policy, overhead, deadLetter, billed, lanes} = options
    const parts = [policy, () => this.info.clock, overhead, (items: Item[]) => this.#send(items)] as const
    this.#queue = lanes ? new KeyedBatchQueue<Item & Laned>(...parts) : new BatchQueue<Item>(...parts)
    const counts = {rows: 0, batches: 0, retries: 0, bytes: 0, ...(billed && {billedBytes: 0}), rejected: 0}
    Object.assign(this.info.metrics.extra, counts)
    this.#failed.promise.catch(() => {})
    // every request in flight listens; Node would warn of a leak at the eleventh
    setMaxListeners(0, this.signal, this.#stopping.signal)
    if (deadLetter) this.#rejects = new RejectOutput<Row>(this.info, deadLetter)
  }

  /** Encodes a value as an item, or refuses it; a promise only if the service must be asked first. */
  protected abstract encode(bundle: Bundle<Row>, i: number): Item | Refusal | Promise<Item | Refusal>
  /** The service; not used before `setup`. */
  protected abstract readonly port: BatchPort<Item, Answer>
  /** The table or topic, for messages. */
  protected abstract readonly target: string
  /** Turns what a failed call threw into an error that names the resource, the permission and the fix. */
  protected abstract toSluiceError(error: unknown): SluiceError
  /** Called for every item that the service refused, before the rest of its batch is sent. */
  protected itemRefused?(item: Item, errors: readonly RowError[]): void

  /**
   * The rows that could not be written, each with its reasons: `{row, errors: [{reason, location, message}], insertId?}`.
   *
   * Call it before the first row. Refused rows then no longer fail the run, and this Readable must be read: the sink stops
   * when it is full, and `'finish'` waits until it has been read and the sinks downstream of it have finished.
   */
  failedRows(): StageReadable<FailedRow<Row>> {
    if (this.#options.deadLetter)
      throw new SluiceError(
        'ERR_SLUICE_TAG',
        `${this.info.name}: the option \`deadLetter\` takes the failed rows already; use either that or failedRows()`,
        {stage: this.info.name},
      )
    this.#rejects ??= new RejectOutput<Row>(this.info)
    return this.#rejects.readable
  }

  protected override get ownsLeases(): boolean {
    return true
  }

  override writeBundle(bundle: Bundle<Row>): Promise<void> | void {
    const given = {bundle, columns: bundle.withValues(new Array<unknown>(bundle.values.length))}
    const stop = this.#fill(given, 0)
    if (stop) return this.#fillOn(given, stop)
  }

  override async commit(): Promise<void> {
    await this.#queue.drain()
    if (this.#failing) await this.#failed.promise
    if (this.destroyed)
      throw (
        this.errored ??
        new SluiceError('ERR_SLUICE_SINK', `${this.info.name} was destroyed before everything was written`)
      )
  }

  override _final(done: (error?: Error | null) => void): void {
    super._final(error => {
      if (error || !this.#rejects) done(error)
      else this.#rejects.finish().then(() => done(), done)
    })
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#stopping.abort(error ?? undefined)
    super._destroy(error, final => {
      this.#giveBack([...this.#queue.clear(), ...[...this.#sending].flat()], error)
      this.#rejects?.destroy(error)
      callback(final)
    })
  }

  /** Queues values from index `from`; returns what to wait for and where to resume, if it must wait. */
  #fill(given: Given<Row>, from: number): Stop | undefined {
    const {values} = given.bundle
    for (let at = from; at < values.length && !this.destroyed; at++) {
      if (this.#failing) return {wait: this.#failed.promise, at}
      if (!this.#queue.hasRoom) return {wait: this.#queue.room(), at}
      const item = this.encode(given.bundle, at)
      const wait =
        item instanceof Promise ? item.then(it => this.#accept(it, given, at)) : this.#accept(item, given, at)
      if (wait) return {wait, at: at + 1}
    }
    if (this.#failing) return {wait: this.#failed.promise, at: values.length}
    return this.#queue.hasRoom ? undefined : {wait: this.#queue.room(), at: values.length}
  }

  async #fillOn(given: Given<Row>, stop: Stop): Promise<void> {
    for (let next: Stop | undefined = stop; next; next = this.#fill(given, next.at)) await next.wait
  }

  #accept(item: Item | Refusal, {bundle, columns}: Given<Row>, at: number): Promise<void> | undefined {
    const lease = bundle.leases?.[at]
    if (this.#failing || this.destroyed) return void lease?.nack()
    if ('refused' in item)
      return this.#reject([{row: bundle.values[at]!, insertId: item.insertId, columns, at, errors: [item.refused]}])
    item.lease = lease
    item.columns = columns
    item.at = at
    this.#queue.add(item)
    return undefined
  }

  #giveBack(items: readonly Item[], reason: unknown): void {
    for (const {lease} of items) lease?.nack(reason)
  }

  async #send(items: Item[]): Promise<void> {
    this.#sending.add(items)
    this.info.metrics.extra['batches']!++
    const events: BatchEvents<Item> = {
      committed: done => this.#committed(done),
      rejected: rejects => {
        for (const {item, errors} of rejects) this.itemRefused?.(item, errors)
        return this.#reject(rejects.map(({item, errors}) => ({...item, errors})))
      },
      retry: note => this.noteRetry(note),
      tooLarge: refused => {
        if (refused.length > 1) this.#queue.shrink(refused.reduce((sum, item) => sum + item.bytes, 0) / 2)
      },
    }
    try {
      await writeBatch(items, this.port, events, {
        policy: this.#options.retry,
        clock: this.info.clock,
        random: this.#options.random,
        signal: this.signal,
        stopping: this.#stopping.signal,
        stage: this.info,
      })
    } catch (error) {
      // a batch that ends because another one failed adds nothing
      if (!this.destroyed && !this.#failing) void this.#fail(error)
    } finally {
      this.#sending.delete(items)
    }
  }

  #committed(items: readonly Item[]): void {
    const {extra} = this.info.metrics
    const {billed} = this.#options
    extra['rows']! += items.length
    for (const item of items) {
      extra['bytes']! += item.rowBytes
      if (billed) extra['billedBytes']! += billed(item.rowBytes)
      item.lease?.release()
    }
  }

  #reject(rejects: readonly Reject<Row>[]): Promise<void> | undefined {
    const {metrics} = this.info
    metrics.extra['rejected']! += rejects.length
    metrics.failed += rejects.length
    const rows = rejects.map(
      ({row, errors, insertId}): FailedRow<Row> => (insertId === undefined ? {row, errors} : {row, errors, insertId}),
    )
    if (this.#rejects) return this.#rejects.push(rows, rejects)
    this.#shown.push(...rows.slice(0, SHOWN_ROWS - this.#shown.length))
    if (!this.#failing) void this.#fail()
    return undefined
  }

  /** Counts a retry, and logs it when it takes 10 s or more. */
  protected noteRetry(note: RetryNote): void {
    noteRetry(this.info, this.target, note)
  }

  /** Stops the intake, lets requests in flight end, then fails the stream: with `error`, or because rows were refused. */
  async #fail(error?: unknown): Promise<void> {
    this.#failing = true
    // ends the pauses before retries; requests in flight may still be answered
    this.#stopping.abort(new Error('the sink has failed'))
    const grace = new AbortController()
    this.#giveBack(this.#queue.clear(), error)
    await Promise.race([this.#queue.stop(), sleep(this.info.clock, STOP_GRACE, grace.signal).catch(() => {})])
    grace.abort()
    const final = this.#finalError(error)
    this.#failed.reject(final)
    if (!this.destroyed) this.destroy(final)
  }

  #finalError(error: unknown): SluiceError {
    const {rows: written = 0, rejected: count = 0} = this.info.metrics.extra
    if (error === undefined) return new BatchError(this.info.name, this.target, {count, rows: this.#shown, written})
    const explained = this.toSluiceError(error)
    if (written > 0) explained.message += `. ${writtenNote(this.target, written)}`
    return explained
  }
}
