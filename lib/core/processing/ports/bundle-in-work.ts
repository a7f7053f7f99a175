import type {Bundle} from '../../bundle/bundle.ts'
import {type Lease, retainAll} from '../../bundle/lease.ts'
import {countBundle} from './count-bundle.ts'
import type {Host} from './host.ts'

/** A bundle, of one or more chunks, from `start()` until all of its outputs have been handed on. */
export class BundleInWork {
  /** Elements taken in. */
  taken = 0
  /** Values handed on by the main output. */
  given = 0
  /** Chunks with calls in flight, or with outputs that have not been handed on. */
  inFlight = 0
  /** Called when there are none left. */
  delivered: (() => void) | undefined
  /** Its last chunk. */
  last: Bundle<unknown> | undefined
  /** The leases of the outputs of finishBundle; each is retained once, until those have been handed on. */
  leases: Lease[] | undefined
  readonly #overlaps: boolean
  #noted = 0

  /** `overlaps`: the next bundle may begin before this one has finished. */
  constructor(overlaps: boolean) {
    this.#overlaps = overlaps
  }

  /** Takes in a chunk; `keeps` holds its leases for the outputs of finishBundle. */
  add(chunk: Bundle<unknown>, keeps: boolean): void {
    this.taken += chunk.values.length
    this.last = chunk
    if (keeps) this.#keep(chunk)
  }

  /** Takes in timers that have fired; they do not count as elements. */
  addTimers(chunk: Bundle<unknown>, keeps: boolean): void {
    this.last ??= chunk
    if (keeps) this.#keep(chunk)
  }

  #keep(chunk: Bundle<unknown>): void {
    if (!chunk.leases) return
    retainAll(chunk.leases)
    if (this.leases) for (const lease of chunk.leases) this.leases.push(lease)
    else this.leases = [...chunk.leases]
  }

  /** Calls have started: counts what was taken so far, unless bundles do not overlap. */
  noteTaken({metrics}: Host): void {
    if (!this.#overlaps) return
    metrics.in += this.taken - this.#noted
    this.#noted = this.taken
  }

  /** All outputs of a chunk have been handed on. */
  chunkDone(): void {
    if (--this.inFlight === 0) this.delivered?.()
  }

  /** Counts the bundle once it has finished. */
  count(host: Host): void {
    if (this.taken === 0 && this.given === 0) return
    host.metrics.in -= this.#noted
    countBundle(host, this.taken, this.given)
  }
}
