import {finished, type Writable} from 'node:stream'
import {
  Bundle,
  channels,
  DEFAULTS,
  OutputBuilder,
  type StageInfo,
  stageOf,
  TagOutput,
  type Timer,
} from '../core/index.ts'
import {messageOf, SluiceError} from '../errors/index.ts'
import {type Deferred, deferred} from '../util/index.ts'
import type {FailedRow} from './batch-error.ts'
import type {Reject} from './batch-item.ts'

const TAG = 'failedRows'

/**
 * The rows that a sink could not write: a Readable with backpressure. Rows keep their leases, so a message whose row was
 * refused is acknowledged only when the sink of this output has committed it.
 */
export class RejectOutput<Row> {
  readonly readable: TagOutput<FailedRow<Row>>
  readonly #info: StageInfo
  readonly #deadLetter: Writable | undefined
  #wanted: Deferred<void> | undefined
  #alarm: Timer | undefined
  #count = 0

  /** Pipes the rows to the `deadLetter`, if any, whose failure fails the sink. */
  constructor(info: StageInfo, deadLetter?: Writable) {
    this.#info = info
    this.#deadLetter = deadLetter
    this.readable = new TagOutput<FailedRow<Row>>(info, TAG, () => this.#onWanted())
    if (!deadLetter) return
    this.readable.pipe(deadLetter)
    // before the listeners of pipe(), whose error would not name the sink
    deadLetter.prependOnceListener('error', error => {
      if (!info.stream.destroyed) info.stream.destroy(namingBoth(info.name, deadLetter, error))
    })
    finished(deadLetter, error => {
      if (info.stream.destroyed) return
      // ended elsewhere, it takes no further row, and the sink would never finish
      if (error) info.stream.destroy(namingBoth(info.name, deadLetter, error))
      else if (!this.readable.ended) info.stream.destroy(endedEarly(info.name))
    })
  }

  /** Hands rows on, with all columns that they came with; the promise waits until the reader wants more. */
  push(rows: FailedRow<Row>[], rejects: readonly Pick<Reject<Row>, 'columns' | 'at'>[]): Promise<void> | undefined {
    this.#count += rows.length
    const outputs = new OutputBuilder()
    for (const [i, row] of rows.entries()) {
      const {columns, at} = rejects[i]!
      outputs.append(columns ? columns.select([at]).withValues([row]).with({watermark: undefined}) : new Bundle([row]))
    }
    for (const bundle of outputs.take(DEFAULTS.bundleValues)) this.readable.accept(bundle as Bundle<FailedRow<Row>>)
    if (this.readable.wanted) return undefined
    this.#wanted ??= deferred<void>()
    this.#alarm ??= this.#info.clock.setTimeout(() => this.#reportStandstill(), DEFAULTS.standstill)
    return this.#wanted.promise
  }

  /** Ends the output, and waits until it has been read and the sinks downstream have finished. */
  async finish(): Promise<void> {
    // without rejects there need be no reader
    if (this.#count === 0 && !this.readable.claimed) {
      this.readable.push(null)
      return
    }
    this.#alarm ??= this.#info.clock.setTimeout(() => this.#reportStandstill(), DEFAULTS.standstill)
    await this.readable.finish()
    this.#alarm?.cancel()
    const deadLetter = this.#deadLetter
    if (!deadLetter || this.#info.stream.destroyed) return
    await new Promise<void>((resolve, reject) => finished(deadLetter, error => (error ? reject(error) : resolve())))
  }

  destroy(error: Error | null): void {
    this.#alarm?.cancel()
    this.#wanted?.resolve()
    if (!this.readable.destroyed) this.readable.destroy(error ?? undefined)
    // without an error: without listeners it would be an uncaught exception
    if (this.#deadLetter && !this.#deadLetter.writableFinished) this.#deadLetter.destroy()
  }

  #onWanted(): void {
    this.#alarm?.cancel()
    this.#alarm = undefined
    this.#wanted?.resolve()
    this.#wanted = undefined
  }

  #reportStandstill(): void {
    this.#alarm = undefined
    // read to its end: only the sink downstream is awaited now
    if (this.readable.ended) return
    const {name, log} = this.#info
    const message = {stage: name, output: TAG, waitedMs: DEFAULTS.standstill}
    channels.standstill.publish(message)
    log.warn(
      `${name} has waited ${DEFAULTS.standstill / 1000} s for ` +
        (this.#deadLetter
          ? 'its `deadLetter` to take rows'
          : `its ${TAG}() to be read: connect it to a sink, or to discard()`),
      message,
    )
  }
}

/** The error of a dead letter as that of its sink; an error from elsewhere in the run stays as it is. */
function namingBoth(name: string, deadLetter: Writable, error: Error): Error {
  const message = `${name}: its \`deadLetter\` failed: ${messageOf(error)}`
  if (!(error instanceof SluiceError)) return new SluiceError('ERR_SLUICE_SINK', message, {stage: name, cause: error})
  if (error.stage === (stageOf(deadLetter)?.name ?? error.stage)) error.message = message
  return error
}

function endedEarly(name: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_SINK',
    `${name}: the \`deadLetter\` ended before the sink did; give each sink a dead letter of its own, and let the sink end it`,
    {stage: name},
  )
}
