import type {Bundle} from '../../bundle/bundle.ts'
import {type Lease, retainAll} from '../../bundle/lease.ts'
import {countBundle} from './count-bundle.ts'
import type {Host} from './host.ts'

/** A bundle of elements from `start()` until everything that was made of it is handed on; it comes in one or more chunks. */
export class BundleInWork {
  /** Elements taken in. */
  taken = 0
  /** Values handed on over the main output. */
  given = 0
  /** Chunks with calls in flight, or with outputs that are not handed on. */
  inFlight = 0
  /** Called when none is left. */
  delivered: (() => void) | undefined
  /** Its last chunk. */
  last: Bundle<unknown> | undefined
  /** What the outputs of finishBundle derive from; each is retained once, until those are handed on. */
  leases: Lease[] | undefined
  readonly #overlaps: boolean
  #noted = 0

  /** `overlaps`: the next bundle may begin before this one is finished. */
  constructor(overlaps: boolean) {
    this.#overlaps = overlaps
  }

  /** Takes a chunk in; with `keeps` its leases are held for what finishBundle makes. */
  add(chunk: Bundle<unknown>, keeps: boolean): void {
    this.taken += chunk.values.length
    this.last = chunk
    if (keeps) this.#keep(chunk)
  }

  /** Takes in timers that have fired, which count as no elements. */
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

  /** Calls are under way: what was taken so far is counted, unless the bundle has the stage for itself. */
  noteTaken({metrics}: Host): void {
    if (!this.#overlaps) return
    metrics.in += this.taken - this.#noted
    this.#noted = this.taken
  }

  /** A chunk is handed on. */
  chunkDone(): void {
    if (--this.inFlight === 0) this.delivered?.()
  }

  /** Counts the bundle: it is finished. */
  count(host: Host): void {
    if (this.taken === 0 && this.given === 0) return
    host.metrics.in -= this.#noted
    countBundle(host, this.taken, this.given)
  }
}
