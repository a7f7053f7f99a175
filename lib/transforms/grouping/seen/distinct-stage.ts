import {
  type BoundedWindow,
  type Bundle,
  BundleStage,
  DEFAULTS,
  type ElementRules,
  errorPolicy,
  GLOBAL_WINDOW,
  type OnError,
  OUTPUTS,
  OutputBuilder,
  STAGE,
  type StageOptions,
  stageDescriptor,
  type WatermarkHold,
  WatermarkHolds,
  type WindowSlot,
} from '../../../core/index.ts'
import {keyOf, memoryOption, type StoredElement, StoredElements} from '../../../state/index.ts'
import type {Size} from '../../../util/index.ts'
import {inputStrategy} from '../../../windowing/index.ts'
import {elementLetters} from '../../event-time/element-letters.ts'
import {refuseEndless, refuseSeen} from './refuse-seen.ts'
import {SeenWindow} from './seen-window.ts'

/** Options of `distinct`. */
export interface DistinctOptions<I, Tag extends string = string> extends StageOptions {
  /** What must be different: any JSON-like value; default: the element itself. */
  by?: ((element: I) => unknown) | undefined
  /** What it keeps in memory before it uses the disk, an estimate of its heap in bytes; default 256 MB. The process takes more. */
  memory?: Size | undefined
  /** Required behind a message source: 'volatile' says that after a restart a copy of an earlier message may pass. */
  state?: 'volatile' | undefined
  /** What happens to an element whose key cannot be had or encoded: 'fail' (default) or `deadLetter('tag')`. */
  onError?: OnError<Tag> | undefined
}

/** A window with what has been seen in it. */
interface Open {
  readonly seen: SeenWindow
  /** Keeps the watermark where it was when the first element began to wait. */
  hold: WatermarkHold | undefined
}

/** Hands on the first element of each key and window. */
export class Distinct<I, Tags extends object> extends BundleStage<I, I, Tags> {
  static override readonly name = 'distinct'
  readonly #by: (element: I) => unknown
  readonly #memory: number
  readonly #rules: ElementRules
  readonly #open = new Map<BoundedWindow, Open>()
  readonly #stored = new StoredElements()
  readonly #holds = new WatermarkHolds()
  #watermark = Number.NEGATIVE_INFINITY
  /** Bytes of heap of all keys. */
  #bytes = 0
  /** The watermark at which the next window is over. */
  #nextOver = Number.POSITIVE_INFINITY
  #lateness: number | undefined
  /** Blocks are waiting to be written. */
  #full = false

  constructor({by, memory, state, onError, ...common}: DistinctOptions<I>) {
    const where = common.name ?? 'distinct'
    const policy = errorPolicy(where, onError)
    const refuse = () => refuseSeen(this[STAGE], state) ?? refuseEndless(this[STAGE])
    super(common, stageDescriptor({onError: policy.kind, refuse, observe: () => this.#observe()}))
    this.#by = by ?? (element => element)
    // the other half is for what has waited on disk
    this.#memory = memoryOption(where, memory) / 2
    this.#rules = this.rules(policy)
  }

  #observe(): Record<string, number> {
    let disk = 0
    for (const {seen} of this.#open.values()) disk += seen.bytesOnDisk
    return {openWindows: this.#open.size, memoryBytes: this.#bytes, diskBytes: disk}
  }

  protected override takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void {
    const main = new OutputBuilder(bundle)
    const slots: WindowSlot[] = []
    for (const [i, element] of bundle.values.entries()) {
      const lease = bundle.leases?.[i]
      try {
        const key = keyOf(this.#by(element))
        const slot = this.#firstIn(key, bundle, i)
        if (slot) {
          main.same(element, i)
          slots.push(slot)
        }
      } catch (error) {
        this.#rules.failed(
          error,
          bundle,
          i,
          elementLetters(bundle, i, (tag, part) => this.handTagged(tag, part)),
        )
        continue
      }
      lease?.release()
    }
    let at = 0
    for (const part of main.take(DEFAULTS.bundleValues)) {
      const windows = slots.slice(at, (at += part.values.length))
      this.hand((bundle.windows ? part.with({windows}) : part) as Bundle<I>)
    }
    if (watermark > this.#watermark) this.#watermark = watermark
    this.#settle(done)
  }

  /** The windows of the element in which its key is new; undefined if there is none. */
  #firstIn(key: string | number, bundle: Bundle<I>, i: number): WindowSlot | undefined {
    const slot = bundle.windows?.[i] ?? GLOBAL_WINDOW
    if (!Array.isArray(slot)) return this.#isFirst(key, bundle, i, slot as BoundedWindow) ? slot : undefined
    const first = (slot as readonly BoundedWindow[]).filter(window => this.#isFirst(key, bundle, i, window))
    return first.length > 1 ? first : first[0]
  }

  #isFirst(key: string | number, bundle: Bundle<I>, i: number, window: BoundedWindow): boolean {
    const open = this.#open.get(window) ?? this.#opened(window, bundle.values[i]!)
    if (!open || open.seen.has(key)) return false
    const {seen} = open
    // what holds a message does not wait: its lease would run out
    if (bundle.leases || (!seen.overflows && this.#bytes < this.#memory)) {
      const before = seen.bytes
      seen.add(key)
      this.#bytes += seen.bytes - before
      return true
    }
    open.hold ??= this.#holds.hold(this.#watermark)
    seen.wait(key, this.#stored.take(bundle, i, bundle.windows && window))
    if (seen.full) this.#full = true
    return false
  }

  /** A window that begins; undefined if it is over. */
  #opened(window: BoundedWindow, element: I): Open | undefined {
    if (this.#isOver(window)) {
      this[OUTPUTS].outlet.unclaimed('late', element)
      return undefined
    }
    const owner = {stage: this[STAGE].name, option: '`memory`'}
    const open: Open = {seen: new SeenWindow(owner), hold: undefined}
    this.#open.set(window, open)
    this.#nextOver = Math.min(this.#nextOver, this.#overAt(window))
    return open
  }

  #isOver(window: BoundedWindow): boolean {
    return this.#watermark >= this.#overAt(window)
  }

  #overAt({end}: BoundedWindow): number {
    return end + (this.#lateness ??= inputStrategy(this[STAGE]).allowedLateness)
  }

  /** Writes what is to wait, and ends the windows that are over. */
  #settle(done: () => void): void {
    const over = this.#watermark >= this.#nextOver
    const due =
      over || this.#full ? [...this.#open].filter(([window, {seen}]) => seen.full || this.#isOver(window)) : []
    if (due.length === 0) {
      this.advance(this.#holds.limit(this.#watermark))
      return this.whenRoom(done)
    }
    this.#settleAll(due).then(
      () => this.whenRoom(done),
      error => this.fail(error),
    )
  }

  async #settleAll(due: readonly [BoundedWindow, Open][]): Promise<void> {
    for (const [window, open] of due)
      if (this.#isOver(window)) await this.#end(window, open)
      else await open.seen.flush()
    this.#full = false
    this.#nextOver = Number.POSITIVE_INFINITY
    for (const window of this.#open.keys()) this.#nextOver = Math.min(this.#nextOver, this.#overAt(window))
    this.advance(this.#holds.limit(this.#watermark))
  }

  /** The window is over: hands on what has waited. */
  async #end(window: BoundedWindow, {seen, hold}: Open): Promise<void> {
    this.#open.delete(window)
    this.#bytes -= seen.bytes
    for await (const elements of seen.rest(this.#memory)) {
      let some: StoredElement[] = []
      for (const element of elements) {
        if (some.push(element) < DEFAULTS.bundleValues) continue
        await this.#hand(some)
        some = []
      }
      if (some.length > 0) await this.#hand(some)
    }
    hold?.release()
  }

  async #hand(elements: readonly StoredElement[]): Promise<void> {
    await new Promise<void>(resolve => this.whenRoom(resolve))
    this.hand(this.#stored.bundle(elements) as Bundle<I>)
  }

  protected override takeBarrier(bundle: Bundle<I>, done: () => void): void {
    this.passBarrier(bundle)
    this.whenRoom(done)
  }

  protected override async finishInput(): Promise<void> {
    for (const [window, open] of [...this.#open]) await this.#end(window, open)
  }

  protected override abort(): void {
    for (const {seen} of this.#open.values()) void seen.close()
  }
}
