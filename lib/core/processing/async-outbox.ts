import {nackAll} from '../bundle/lease.ts'
import {bundlesOf, type OutValue} from '../bundle/out-buffer.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import type {Outputs} from '../streams/outputs.ts'
import type {Slot, Work} from './slot.ts'

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
  /** In order: the elements whose outputs have not gone out, oldest first; those that gave nothing drop out at once. */
  #first: Slot | undefined
  #last: Slot | undefined
  /** Bundles in work, oldest first: their watermarks hold in this order. */
  readonly #works: Work[] = []
  #ready: OutValue[] = []
  readonly #readyTags = new Map<string, OutValue[]>()
  /** Outputs finished or yielded, on tags too, and not pushed yet. */
  #held = 0
  /** The part of them that may go out. */
  #readyCount = 0
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

  /** Elements of counted bundles whose outputs have not been collected. */
  get unfinished(): number {
    let count = 0
    for (const work of this.#works) if (!work.finished) count += work.unfinished
    return count
  }

  whenIdle(callback: () => void): void {
    if (this.idle) callback()
    else this.#whenIdle.push(callback)
  }

  open(work: Work): void {
    const last = this.#works.at(-1)
    // an empty bundle only moves the watermark: however many come while an element is slow, nothing piles up
    if (last && work.unfinished === 0 && !work.finished) {
      last.watermark = Math.max(last.watermark, work.watermark)
      return
    }
    this.#works.push(work)
    if (work.unfinished === 0) this.#schedule()
  }

  append(slot: Slot): void {
    if (!this.#ordered) return
    slot.before = this.#last
    if (this.#last) this.#last.after = slot
    else this.#first = slot
    this.#last = slot
  }

  #remove(slot: Slot): void {
    if (slot.before) slot.before.after = slot.after
    else this.#first = slot.after
    if (slot.after) slot.after.before = slot.before
    else this.#last = slot.before
  }

  #isHead(slot: Slot): boolean {
    return !this.#ordered || this.#first === slot
  }

  /** May this slot produce more outputs now? The head of the order always may, while what is ready is not too much. */
  #mayAdd(slot: Slot): boolean {
    return this.#held < LIMIT || (this.#isHead(slot) && this.#readyCount < LIMIT && !this.#blocked)
  }

  /** Resolves when the slot may start, or go on yielding. */
  async spaceFor(slot: Slot): Promise<void> {
    while (!this.#closed && !slot.settled && !this.#mayAdd(slot))
      await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** Counts what a running slot has yielded, and hands it on if it is the slot's turn; false: wait with `spaceFor`. */
  offer(slot: Slot): boolean {
    this.#countHeld(slot)
    if (this.#isHead(slot)) this.#collect(slot)
    return this.#mayAdd(slot)
  }

  /** Whether that object waits on the main output. */
  holds(slot: Slot, value: unknown): boolean {
    if (typeof value !== 'object') return false
    return slot.outs.some(out => out.value === value) || this.#ready.some(out => out.value === value)
  }

  #countHeld(slot: Slot): void {
    const now = slot.size
    this.#held += now - slot.counted
    slot.counted = now
  }

  /** An element is done. */
  settle(slot: Slot): void {
    slot.settled = true
    this.#countHeld(slot)
    if (!this.#ordered) {
      this.#collect(slot)
      this.#elementDone(slot.work)
      return
    }
    if (slot.size === 0) {
      this.#remove(slot)
      this.#elementDone(slot.work)
    }
    for (let first = this.#first; first?.settled; first = this.#first) {
      this.#remove(first)
      this.#collect(first)
      this.#elementDone(first.work)
    }
    // the new head may have yielded while it waited for its turn
    if (this.#first && this.#first.counted > 0) this.#collect(this.#first)
    this.#wake()
  }

  #elementDone(work: Work): void {
    if (--work.unfinished === 0 && !work.finished) {
      // done before an older bundle: its watermark holds when that one is done, its values can go
      const at = this.#works.indexOf(work)
      const older = this.#works[at - 1]
      if (older) {
        older.watermark = Math.max(older.watermark, work.watermark)
        this.#works.splice(at, 1)
      }
    }
    this.#schedule()
  }

  #collect(slot: Slot): void {
    this.#readyCount += slot.size
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
    if (this.#readyCount >= DEFAULTS.bundleValues && !this.#blocked) this.#flush()
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
    this.#held -= this.#readyCount
    this.#readyCount = 0
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

  /** The stage was destroyed: whatever has not gone out is given back. */
  close(reason: unknown): void {
    this.#closed = true
    for (const {bundle} of this.#works) nackAll(bundle.leases, reason)
    for (const {lease} of this.#ready) lease?.nack(reason)
    for (const outs of this.#readyTags.values()) for (const {lease} of outs) lease?.nack(reason)
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#whenIdle = []
    this.#wake()
  }
}
