import type {Writable} from 'node:stream'
import {type Bundle, type Lease, nodeOptions, Sink, type StageOptions, stageDescriptor} from '../../core/index.ts'
import {badOption, enumOption, messageOf, SluiceError, show} from '../../errors/index.ts'
import {jsonLine, NotJson} from '../../formats/index.ts'
import {type Deferred, deferred, isWellFormed} from '../../util/index.ts'
import {endSourcesOf, messagesGoOn} from './end-sources.ts'

/** Options of {@link writeToStdout}. */
export interface StdoutWriteOptions extends StageOptions {
  /** The stream to write to, default `process.stdout`. Ended with the sink, unless it is standard output or standard error. */
  stream?: Writable | undefined
  /** `'json'` (default): each value as JSON. `'text'`: strings as they are, other values as JSON. */
  format?: 'json' | 'text' | undefined
}

class StdoutSink extends Sink<unknown> {
  readonly #target: Writable
  readonly #format: 'json' | 'text'
  /** Writes so far, and how many of them have been answered; answers come in order. */
  #written = 0
  #answered = 0
  /** Leases of each write that has not been answered. */
  #leases: (readonly Lease[] | undefined)[] = []
  #drained: Deferred<void> | undefined
  /** Commits, each waiting for the answers to its first `upTo` writes. */
  #commits: {upTo: number; settled: Deferred<void>}[] = []
  /** The reader has gone, and further values are dropped. */
  #closed = false
  #listening = false
  #failure: SluiceError | undefined
  readonly #onError = (error: Error) => this.#failed(error)
  readonly #onDrain = () => this.#wake()
  readonly #onClose = () => this.#lost()

  constructor(stage: StageOptions, where: string, target: Writable, format: 'json' | 'text') {
    super(stage, stageDescriptor({defaultName: where}))
    this.#target = target
    this.#format = format
    Object.assign(this.info.metrics.extra, {bytes: 0})
  }

  override setup(): void {
    this.#listen()
  }

  override writeBundle({values, leases}: Bundle<unknown>): Promise<void> | void {
    if (this.#failure) throw this.#failure
    if (values.length === 0) return
    if (this.#closed) return this.#drop(leases)
    let lines = ''
    for (let i = 0; i < values.length; i++) lines += `${this.#line(values[i])}\n`
    const bytes = Buffer.from(lines)
    this.info.metrics.extra['bytes']! += bytes.length
    this.#written++
    this.#leases.push(leases)
    const more = this.#target.write(bytes, error => {
      // before its leases are removed, so that they are given back
      if (error) this.#failed(error)
      this.#leases.shift()
      this.#answered++
      this.#settle()
    })
    if (more || this.#closed) return
    this.#drained = deferred()
    return this.#drained.promise
  }

  /** Waits for writes made before the call, not for later ones: with messages arriving, that would never end. */
  override async commit(): Promise<void> {
    if (this.#answered < this.#written && !this.#closed && !this.#failure) {
      const settled = deferred()
      this.#commits.push({upTo: this.#written, settled})
      await settled.promise
    }
    if (this.#failure) throw this.#failure
  }

  override _final(done: (error?: Error | null) => void): void {
    super._final(error => {
      if (error || this.#closed || isStandard(this.#target) || this.#target.destroyed) return done(error)
      this.#listen()
      this.#target.end((failure?: Error | null) => done(failure && !isBrokenPipe(failure) ? this.#wrap(failure) : null))
    })
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (error && !isStandard(this.#target)) this.#target.destroy()
    this.#drained?.resolve()
    this.#settle(true)
    super._destroy(error, failure => {
      this.#target.off('drain', this.#onDrain)
      this.#target.off('close', this.#onClose)
      // further errors may follow when several writes fail
      setImmediate(() => this.#target.off('error', this.#onError))
      callback(failure)
    })
  }

  /** No earlier than needed: an error listener hides errors from everybody else. */
  #listen(): void {
    if (this.#listening) return
    this.#listening = true
    this.#target.on('error', this.#onError)
    this.#target.on('drain', this.#onDrain)
    this.#target.on('close', this.#onClose)
  }

  #line(value: unknown): string {
    try {
      return this.#format === 'text' && typeof value === 'string' ? plainText(value) : jsonLine(value)
    } catch (cause) {
      const reason = cause instanceof NotJson ? `${cause.message}. Convert it first` : messageOf(cause)
      throw new SluiceError('ERR_SLUICE_SINK', `${this.info.name}: ${show(value)} cannot be written: ${reason}`, {
        stage: this.info.name,
        element: value,
        cause,
      })
    }
  }

  #failed(error: Error): void {
    if (this.#closed || this.#failure) return
    if (isBrokenPipe(error) || isBrokenPipe(this.#target.errored)) {
      this.#closed = true
      endSourcesOf(this.info)
      for (const leases of this.#leases) this.#drop(leases)
      // later: other sinks on the same output notice in this turn too
      setImmediate(() => this.#failIfMessagesGoOn())
    } else {
      this.#failure = this.#wrap(error)
      if (!this.#drained && this.#commits.length === 0) this.destroy(this.#failure)
    }
    this.#wake()
    this.#settle(true)
  }

  /** Gives back the messages of values that nobody will read. */
  #drop(leases: readonly Lease[] | undefined): void {
    for (const lease of leases ?? []) lease.nack(new Error('the reader of the output has gone'))
  }

  /** Fails if a message source continues: messages that are given back would come again and again. */
  #failIfMessagesGoOn(): void {
    const source = messagesGoOn(this.info)
    if (!source || this.destroyed || this.writableFinished) return
    this.#failure = new SluiceError(
      'ERR_SLUICE_STDIO',
      `${this.info.name}: the reader of the output has gone, but ${source.name} continues for other sinks, and its ` +
        'messages can only be acknowledged when they are written here too. Keep the reader, or write to a file',
      {stage: this.info.name},
    )
    this.destroy(this.#failure)
  }

  #settle(all = false): void {
    const ready = (commit: {upTo: number}) => all || commit.upTo <= this.#answered
    while (this.#commits[0] && ready(this.#commits[0])) this.#commits.shift()!.settled.resolve()
  }

  /** Handles a close: a write in flight when the stream is destroyed is not always answered. */
  #lost(): void {
    if (this.#answered < this.#written) this.#failed(new Error('it was closed before everything was written'))
  }

  #wake(): void {
    const drained = this.#drained
    this.#drained = undefined
    if (this.#failure) drained?.reject(this.#failure)
    else drained?.resolve()
  }

  #wrap(cause: Error): SluiceError {
    return new SluiceError('ERR_SLUICE_STDIO', `${this.info.name}: the output failed: ${messageOf(cause)}`, {
      stage: this.info.name,
      cause,
    })
  }
}

function plainText(text: string): string {
  if (isWellFormed(text)) return text
  throw new Error('half a surrogate pair has no UTF-8 form')
}

function isStandard(stream: Writable): boolean {
  return stream === process.stdout || stream === process.stderr
}

function isBrokenPipe(error: unknown): boolean {
  return (error as {code?: unknown} | null)?.code === 'EPIPE'
}

/**
 * Writes each value as one line of JSON to standard output or another byte stream, with backpressure.
 *
 * Values are encoded, and refused, as by `writeToJson`. `'finish'` means that the system has taken every byte, each element
 * once; a run that fails may have written some lines.
 *
 * When the reader goes away (`| head`), it behaves as a Unix filter: no error; sources that feed nothing else end quietly, and
 * further values are dropped. A message is acknowledged when the system has taken its line, and given back if the line was
 * dropped. If a message source continues for another sink, the run fails with `ERR_SLUICE_STDIO`.
 *
 * Metrics: `bytes`.
 *
 * @param options `stream` (`process.stdout`), `format` (`'json'`), and `name`, `highWaterMark` (1,000 values), `signal`,
 * `logger`.
 * @throws At construction `ERR_SLUICE_OPTION`; while it runs `ERR_SLUICE_SINK` (no JSON) and `ERR_SLUICE_STDIO`.
 * @example
 * await chain(readFromCsv('orders.csv'), filter(row => row['state'] === 'open'), writeToStdout())
 */
export function writeToStdout(options: StdoutWriteOptions = {}): Sink<unknown> {
  const where = 'writeToStdout'
  nodeOptions(where, options, ['stream', 'format'])
  const {stream = process.stdout, format, ...stage} = options
  if (typeof (stream as Writable | null)?.write !== 'function' || typeof stream.on !== 'function')
    throw badOption(where, 'stream', stream, 'a Writable of bytes')
  return new StdoutSink(stage, where, stream, enumOption(where, 'format', format, 'json', ['json', 'text']))
}
