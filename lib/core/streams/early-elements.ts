import type {Bundle} from '../bundle/bundle.ts'
import {nackAll} from '../bundle/lease.ts'
import type {Done} from '../stage/hold-given.ts'

interface Early {
  readonly bundle: Bundle<unknown>
  watermark: number
}

/** Takes a bundle or barrier; `done` is called when the next may come. */
type Take = (bundle: Bundle<unknown>, watermark: number, done: Done) => void

/**
 * Elements of a step with state that arrive before its side inputs are ready. They count as its state: the step accepts all of
 * them, and a barrier passes them. Once the side inputs are ready they are processed in order, and what arrives meanwhile
 * queues up after them, under backpressure.
 */
export class EarlyElements {
  readonly #take: Take
  #waiting: Early[] = []
  /** The next to be processed. */
  #at = 0
  #draining = false
  #pumping = false
  #closed: Done[] = []

  constructor(take: Take) {
    this.#take = take
  }

  /** True while elements wait, or are being processed. */
  get open(): boolean {
    return this.#waiting.length > 0
  }

  /** True while they are being processed: a barrier has to queue up now. */
  get draining(): boolean {
    return this.#draining
  }

  /** Adds a bundle; also the first one. */
  add(bundle: Bundle<unknown>, watermark: number, done: Done): void {
    if (this.#draining) {
      this.#waiting.push({bundle, watermark})
      this.#closed.push(done)
      return
    }
    const last = this.#waiting.at(-1)
    // of several watermarks in a row only the latest has to wait
    if (bundle.values.length === 0 && last?.bundle.values.length === 0)
      last.watermark = Math.max(last.watermark, watermark)
    else this.#waiting.push({bundle, watermark})
    done()
  }

  /** Processes everything that waits: the side inputs are ready. */
  drain(): void {
    this.#draining = true
    this.#pump()
  }

  #pump(): void {
    if (this.#pumping) return
    // a loop, since a synchronous stage would otherwise call itself once per bundle
    this.#pumping = true
    let taken = true
    while (taken && this.#at < this.#waiting.length) {
      const {bundle, watermark} = this.#waiting[this.#at]!
      taken = false
      this.#take(bundle, watermark, () => {
        taken = true
        this.#at++
        this.#pump()
      })
    }
    this.#pumping = false
    if (this.#at < this.#waiting.length) return
    this.#waiting = []
    this.#at = 0
    this.#draining = false
    for (const done of this.#closed.splice(0)) done()
  }

  /** Resolves when nothing waits any more. */
  async whenClosed(): Promise<void> {
    if (this.open) await new Promise<void>(resolve => this.#closed.push(() => resolve()))
  }

  /** The stage has been destroyed: gives back the messages of what waits. */
  giveBack(reason: unknown): void {
    for (const {bundle} of this.#waiting.slice(this.#at)) nackAll(bundle.leases, reason)
    this.#waiting = []
    this.#closed = []
  }
}
