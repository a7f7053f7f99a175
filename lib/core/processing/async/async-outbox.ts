import {Bundle} from '../../bundle/bundle.ts'
import {nackAll} from '../../bundle/lease.ts'
import {OutputBuilder} from '../../bundle/output-builder.ts'
import {DEFAULTS} from '../../stage/defaults.ts'
import type {BundleInWork} from '../ports/bundle-in-work.ts'
import type {Outlet} from '../ports/outlet.ts'
import {WatermarkHolds} from '../watermarks/watermark-holds.ts'
import {Slot, type Work} from './slot.ts'
import {SlotOrder} from './slot-order.ts'

const LIMIT = DEFAULTS.heldOutputs

/**
 * Outputs of asynchronous calls on their way out. In order: the finished prefix is handed on at once, and at most 1,000
 * outputs wait for a slower element. Unordered: whatever is finished is handed on. A barrier leaves after everything that was
 * taken in before it; later elements may start, but their outputs wait.
 */
export class AsyncOutbox {
  readonly #outlet: Outlet
  readonly #fail: (error: unknown) => void
  readonly #order: SlotOrder
  readonly #skew: number
  /** Chunks in work and barriers between them, oldest first. */
  #works: Work[] = []
  readonly #holds = new WatermarkHolds()
  /** The watermark of the input. */
  #input = Number.NEGATIVE_INFINITY
  /** Barriers taken in, and barriers handed on. */
  #barriers = 0
  #passed = 0
  readonly #ready = new OutputBuilder()
  readonly #readyTags = new Map<string, OutputBuilder>()
  /** Outputs that were finished or yielded, on tags too, and have not been pushed. */
  #held = 0
  /** Those of them that may be pushed. */
  #readyCount = 0
  #scheduled: NodeJS.Immediate | undefined
  #blocked = false
  #closed = false
  #waiting: (() => void)[] = []
  #whenIdle: (() => void)[] = []

  /** `skew` is how much earlier than its element an output may be, ms. */
  constructor(outlet: Outlet, ordered: boolean, skew: number, fail: (error: unknown) => void) {
    this.#outlet = outlet
    this.#skew = skew
    this.#fail = fail
    this.#order = new SlotOrder(ordered, work => work.epoch === this.#passed)
  }

  /** True when no call is in flight and everything is handed on. */
  get idle(): boolean {
    return this.#works.length === 0
  }

  /** Elements whose outputs have not been collected. */
  get unfinished(): number {
    return this.#works.reduce((sum, work) => sum + work.unfinished, 0)
  }

  /** Calls back once idle. */
  whenIdle(callback: () => void): void {
    if (this.idle) callback()
    else this.#whenIdle.push(callback)
  }

  /** Takes in a chunk, of which `unfinished` elements follow. */
  open(parts: Omit<Work, 'epoch' | 'hold' | 'barrier'> & {readonly bundle: BundleInWork}): Work {
    parts.bundle.inFlight++
    return this.#append({...parts, barrier: undefined})
  }

  /** Takes in a barrier, after everything that was taken in so far. */
  barrier(barrier: number): void {
    const chunk = Bundle.barrier(barrier)
    this.#append({chunk, bundle: undefined, callee: undefined, barrier, unfinished: 0, side: undefined})
    this.#barriers++
    this.#schedule()
  }

  #append(parts: Omit<Work, 'epoch' | 'hold'>): Work {
    const work = {...parts, epoch: this.#barriers, hold: this.#holds.hold(this.#input)}
    this.#works.push(work)
    return work
  }

  /** The watermark of the input, after everything that was taken in so far. */
  advance(watermark: number): void {
    if (watermark <= this.#input) return
    this.#input = watermark
    if (this.idle) this.#outlet.advance(watermark)
  }

  #isReady = (value: object): boolean => this.#ready.values.includes(value)

  /** A slot for the next element. */
  slot(work: Work, index: number): Slot {
    const slot = new Slot(work, index, this.#skew, this.#isReady)
    this.#order.append(slot)
    return slot
  }

  /** Whether this slot may produce more outputs now. The head of the order always may, unless too much is ready. */
  #mayAdd(slot: Slot): boolean {
    return this.#held < LIMIT || (this.#order.isHead(slot) && this.#readyCount < LIMIT && !this.#blocked)
  }

  /** Resolves when the slot may start, or go on yielding. */
  async spaceFor(slot: Slot): Promise<void> {
    while (!this.#closed && !slot.settled && !this.#mayAdd(slot))
      await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** Counts what a running slot has yielded and hands it on if it is the slot's turn; false: wait for `spaceFor`. */
  offer(slot: Slot): boolean {
    this.#countHeld(slot)
    if (this.#order.isHead(slot)) this.#collect(slot)
    return this.#mayAdd(slot)
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
    this.#order.settle(slot, this.#collectInTurn)
    this.#schedule()
    // the slot itself may be waiting for space that it no longer needs
    this.#wake()
  }

  /** It is this slot's turn; it may still be running. */
  #collectInTurn = (slot: Slot): void => {
    if (slot.counted > 0) this.#collect(slot)
    if (slot.settled) slot.work.unfinished--
  }

  #collect(slot: Slot): void {
    this.#readyCount += slot.size
    const given = slot.moveTo(this.#ready)
    if (slot.work.bundle) slot.work.bundle.given += given
    if (slot.tags)
      for (const [tag, outs] of slot.tags) {
        const ready = this.#readyTags.get(tag)
        if (ready) ready.append(outs)
        else {
          const first = new OutputBuilder(undefined, {tag})
          first.append(outs)
          this.#readyTags.set(tag, first)
        }
      }
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
    if (!this.#outlet.hasRoom()) {
      this.#blocked = true
      this.#outlet.whenRoom(() => {
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
    this.#held -= this.#readyCount
    this.#readyCount = 0
    for (const [tag, ready] of this.#readyTags)
      for (const part of ready.take(DEFAULTS.bundleValues)) this.#outlet.push(tag, part)
    for (const part of this.#ready.take(DEFAULTS.bundleValues)) this.#outlet.push(undefined, part)
    this.#finishWorks()
    this.#wake()
  }

  /** Everything finished has been pushed: now the watermark may follow, and a barrier that has reached the front. */
  #finishWorks(): void {
    const done = this.#works.filter(work => work.bundle && work.unfinished === 0)
    if (done.length > 0) this.#works = this.#works.filter(work => !done.includes(work))
    for (const {hold} of done) hold.release()
    this.#outlet.advance(this.#holds.limit(this.#input))
    this.#passBarriers()
    for (const {bundle} of done) bundle!.chunkDone()
    if (this.idle) for (const callback of this.#whenIdle.splice(0)) callback()
  }

  #passBarriers(): void {
    for (let first = this.#works[0]; first?.barrier !== undefined; first = this.#works[0]) {
      this.#works.shift()
      this.#outlet.barrier(first.barrier)
      first.hold.release()
      this.#outlet.advance(this.#holds.limit(this.#input))
      this.#passed++
      this.#order.nextEpoch(this.#collectInTurn)
      this.#schedule()
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** The stage has been destroyed: gives back whatever has not been pushed. */
  close(reason: unknown): void {
    this.#closed = true
    for (const {chunk} of this.#works) nackAll(chunk.leases, reason)
    this.#ready.nack(reason)
    for (const ready of this.#readyTags.values()) ready.nack(reason)
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#whenIdle = []
    this.#wake()
  }
}
