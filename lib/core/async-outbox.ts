import {DEFAULTS} from './defaults.ts'
import {bundlesOf, type OutValue} from './out-buffer.ts'
import type {Slot, Work} from './slot.ts'
import type {StageInfo} from './stage-info.ts'
import type {Outputs} from './tags.ts'

const LIMIT = DEFAULTS.heldOutputs

/**
 * Outputs of asynchronous calls on their way out. In order: the finished prefix is handed on at once, and at most 1,000
 * outputs wait behind a slower element. Unordered: whatever is finished goes out.
 */
export class AsyncOutbox {
  readonly #info: StageInfo
  readonly #outputs: Outputs
  readonly #ordered: boolean
  readonly #fail: (error: unknown) => void
  #slots: Slot[] = []
  #head = 0
  /** Bundles in work, oldest first: their watermarks hold in this order. */
  readonly #works: Work[] = []
  #ready: OutValue[] = []
  readonly #readyTags = new Map<string, OutValue[]>()
  /** Outputs finished or yielded and not pushed yet. */
  #held = 0
  #scheduled: NodeJS.Immediate | undefined
  #blocked = false
  #closed = false
  #waiting: (() => void)[] = []
  #whenIdle: (() => void)[] = []

  constructor(info: StageInfo, outputs: Outputs, ordered: boolean, fail: (error: unknown) => void) {
    this.#info = info
    this.#outputs = outputs
    this.#ordered = ordered
    this.#fail = fail
  }

  get idle(): boolean {
    return this.#works.length === 0
  }

  whenIdle(callback: () => void): void {
    if (this.idle) callback()
    else this.#whenIdle.push(callback)
  }

  open(work: Work): void {
    this.#works.push(work)
    if (work.unfinished === 0) this.#schedule()
  }

  append(slot: Slot): void {
    if (this.#ordered) this.#slots.push(slot)
  }

  #isHead(slot: Slot): boolean {
    return !this.#ordered || this.#slots[this.#head] === slot
  }

  /** May this slot produce more outputs now? The head of the order always may, while what is ready is not too much. */
  #mayAdd(slot: Slot): boolean {
    return this.#held < LIMIT || (this.#isHead(slot) && this.#ready.length < LIMIT && !this.#blocked)
  }

  /** Resolves when the slot may start, or go on yielding. */
  async spaceFor(slot: Slot): Promise<void> {
    while (!this.#closed && !this.#mayAdd(slot)) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** Counts what a running slot has yielded, and hands it on if it is the slot's turn; false: wait with `spaceFor`. */
  offer(slot: Slot): boolean {
    this.#countHeld(slot)
    if (this.#isHead(slot)) this.#collect(slot)
    return this.#mayAdd(slot)
  }

  #countHeld(slot: Slot): void {
    const now = slot.outs.length
    this.#held += now - slot.counted
    slot.counted = now
  }

  /** An element is done. */
  settle(slot: Slot): void {
    slot.settled = true
    this.#countHeld(slot)
    if (!this.#ordered) {
      this.#collect(slot)
      slot.work.unfinished--
      this.#schedule()
      return
    }
    for (let first = this.#slots[this.#head]; first?.settled; first = this.#slots[this.#head]) {
      this.#collect(first)
      first.work.unfinished--
      this.#head++
      this.#schedule()
    }
    if (this.#head > 1024 && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head)
      this.#head = 0
    }
    // the new head may have yielded while it waited for its turn
    const head = this.#slots[this.#head]
    if (head && head.outs.length > 0 && head.counted > 0) this.#collect(head)
    this.#wake()
  }

  #collect(slot: Slot): void {
    for (const out of slot.outs) this.#ready.push(out)
    for (const [tag, out] of slot.tags) {
      const list = this.#readyTags.get(tag)
      if (list) list.push(out)
      else this.#readyTags.set(tag, [out])
    }
    slot.outs = []
    slot.tags = []
    slot.counted = 0
    this.#schedule()
  }

  #schedule(): void {
    if (this.#closed) return
    if (this.#ready.length >= DEFAULTS.bundleValues && !this.#blocked) this.#flush()
    else this.#scheduled ??= setImmediate(this.#flush)
  }

  #flush = (): void => {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    if (this.#closed || this.#blocked) return
    if (!this.#outputs.hasRoom()) {
      this.#blocked = true
      this.#outputs.whenRoom(() => {
        this.#blocked = false
        this.#flush()
      })
      return
    }
    try {
      this.#push()
    } catch (error) {
      this.#fail(error)
    }
  }

  #push(): void {
    const ready = this.#ready
    this.#ready = []
    this.#held -= ready.length
    this.#info.metrics.out += ready.length
    for (const [tag, outs] of this.#readyTags) {
      this.#readyTags.delete(tag)
      for (const bundle of bundlesOf(outs, DEFAULTS.bundleValues)) this.#outputs.pushTag(tag, bundle)
    }
    for (const bundle of bundlesOf(ready, DEFAULTS.bundleValues)) this.#outputs.main.push(bundle)
    this.#finishWorks()
    this.#wake()
  }

  /** Bundles that are done in order of arrival: their watermarks hold now. */
  #finishWorks(): void {
    const finished: Work[] = []
    while (this.#works[0]?.unfinished === 0) finished.push(this.#works.shift()!)
    const last = finished.at(-1)
    if (!last) return
    this.#outputs.main.advance(last.watermark)
    this.#outputs.advanceTags(last.watermark)
    for (const work of finished) work.finished?.()
    if (this.idle) for (const callback of this.#whenIdle.splice(0)) callback()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  close(): void {
    this.#closed = true
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#whenIdle = []
    this.#wake()
  }
}
