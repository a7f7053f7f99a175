import {finished, type Writable} from 'node:stream'
import {Bundle, channels, DEFAULTS, ListIds, type StageInfo, stageOf, TagOutput, type Timer} from '../core/index.ts'
import {messageOf, SluiceError} from '../errors/index.ts'
import {type Deferred, deferred} from '../util/index.ts'
import type {FailedRow} from './batch-error.ts'
import {NO_LEASE, type Reject} from './batch-item.ts'

const TAG = 'failedRows'

/**
 * Where a sink puts the rows that it could not write: a Readable with backpressure. Rows keep their leases, so a message
 * whose row was refused is acknowledged only when the sink behind this output has committed it.
 */
export class RejectOutput<Row> {
  readonly readable: TagOutput<FailedRow<Row>>
  readonly #info: StageInfo
  readonly #deadLetter: Writable | undefined
  #wanted: Deferred<void> | undefined
  #alarm: Timer | undefined
  #count = 0

  /** With a `deadLetter` the rows go there; its failure is the sink's. */
  constructor(info: StageInfo, deadLetter?: Writable) {
    this.#info = info
    this.#deadLetter = deadLetter
    this.readable = new TagOutput<FailedRow<Row>>(info, TAG, () => this.#onWanted())
    if (!deadLetter) return
    this.readable.pipe(deadLetter)
    // Before those that pipe() has added, which would tell it without the name of the sink
    deadLetter.prependOnceListener('error', error => {
      if (!info.stream.destroyed) info.stream.destroy(namingBoth(info.name, deadLetter, error))
    })
    finished(deadLetter, error => {
      if (info.stream.destroyed) return
      // Ended by somebody else, it would take no further row, and the sink would wait for it for ever
      if (error) info.stream.destroy(namingBoth(info.name, deadLetter, error))
      else if (!this.readable.ended) info.stream.destroy(endedEarly(info.name))
    })
  }

  /** Hands rows on, with the leases and origins that they have; the promise waits until the reader wants more. */
  push(rows: FailedRow<Row>[], rejects: readonly Pick<Reject<Row>, 'lease' | 'origin'>[]): Promise<void> | undefined {
    this.#count += rows.length
    const leased = rejects.some(({lease}) => lease)
    const leases = leased ? rejects.map(({lease}) => lease ?? NO_LEASE) : undefined
    const origins = rejects.some(({origin}) => origin) && rejects.map(({origin}) => origin)
    // the ids are of no use, but know the records
    const ids = origins ? new ListIds('', new Array<string>(rows.length).fill(''), origins) : undefined
    this.readable.accept(new Bundle(rows, {leases, ids}))
    if (this.readable.wanted) return undefined
    this.#wanted ??= deferred<void>()
    this.#alarm ??= this.#info.clock.setTimeout(() => this.#reportStandstill(), DEFAULTS.standstill)
    return this.#wanted.promise
  }

  /** Ends the output, and waits until what is in it was read and the sinks behind it have finished. */
  async finish(): Promise<void> {
    // Without a reject nobody need be there to read
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
    // Without an error of its own: one without listeners would be an uncaught exception
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
    // Read to its end: what is awaited now is that the sink behind it has written the rows
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

/** The error of a dead letter as that of its sink. One that only passes by, from elsewhere in the run, stays as it is. */
function namingBoth(name: string, deadLetter: Writable, error: Error): Error {
  const message = `${name}: its \`deadLetter\` failed: ${messageOf(error)}`
  if (!(error instanceof SluiceError)) return new SluiceError('ERR_SLUICE_SINK', message, {stage: name, cause: error})
  if (error.stage === (stageOf(deadLetter)?.name ?? error.stage)) error.message = message
  return error
}

function endedEarly(name: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_SINK',
    `${name}: the \`deadLetter\` ended before the sink did; give each sink one of its own, and let the sink end it`,
    {stage: name},
  )
}
