import {messageOf, SluiceError} from '../../../errors/index.ts'
import type {Bundle} from '../../bundle/bundle.ts'
import {addTo} from '../../stage/info/metrics.ts'
import type {Host} from './host.ts'
import type {Receiver} from './receiver.ts'

/** The outputs of a stage: counts what leaves it, and decides what happens to values for unclaimed tags. */
export class Outlet implements Receiver {
  /** Tags whose values must not be dropped: dead letters and rejects. */
  readonly required = new Set<string>()
  readonly #host: Pick<Host, 'name' | 'metrics'>
  readonly #receiver: Receiver

  constructor(host: Pick<Host, 'name' | 'metrics'>, receiver: Receiver) {
    this.#host = host
    this.#receiver = receiver
  }

  /** Hands outputs on. Tags must be claimed: see {@link claims} and {@link unclaimed}. */
  push(tag: string | undefined, bundle: Bundle<unknown>): void {
    const {metrics} = this.#host
    const {length} = bundle.values
    if (tag === undefined) metrics.out += length
    else {
      addTo(metrics.tagged, tag, length)
      if (this.required.has(tag)) metrics.failed += length
    }
    this.#receiver.push(tag, bundle)
  }

  hasRoom(): boolean {
    return this.#receiver.hasRoom()
  }

  whenRoom(callback: () => void): void {
    this.#receiver.whenRoom(callback)
  }

  advance(watermark: number): void {
    this.#receiver.advance(watermark)
  }

  barrier(barrier: number): void {
    this.#receiver.barrier(barrier)
  }

  claims(tag: string): boolean {
    return this.#receiver.claims(tag)
  }

  /** Handles a value for an unclaimed tag: counts it as dropped, or throws for dead letters and rejects. */
  unclaimed(tag: string, element: unknown, cause?: unknown): void {
    const {name, metrics} = this.#host
    if (!this.required.has(tag)) {
      addTo(metrics.dropped, tag, 1)
      return
    }
    const why = cause === undefined ? '' : ` (${messageOf(cause)})`
    throw new SluiceError(
      'ERR_SLUICE_UNCLAIMED_DEAD_LETTER',
      `${name} set an element aside on output '${tag}'${why}, and nobody reads that output; ` +
        `connect stage.tagged('${tag}') to a sink, or to discard() if these may be lost`,
      {stage: name, element, cause},
    )
  }
}
