import {
  type BoundedWindow,
  type Bundle,
  BundleStage,
  DEFAULTS,
  type ElementRules,
  errorPolicy,
  GLOBAL_WINDOW,
  nackAll,
  type OnError,
  OutputBuilder,
  STAGE,
  type StageOptions,
  stageDescriptor,
  type Timer,
  WatermarkHolds,
} from '../../../core/index.ts'
import {badOption, durationOption, integerOption} from '../../../errors/index.ts'
import {keyOf} from '../../../state/index.ts'
import {type Duration, ownText, parseSize, SIZE_FORMS, type Size} from '../../../util/index.ts'
import {ElementBatch} from '../../element-batch.ts'
import {elementLetters} from '../../event-time/element-letters.ts'
import type {KV} from '../../key-value/kv.ts'
import {sizeOfElement} from '../../size-of-element.ts'
import {refuseHolding, refuseMerging} from '../seen/refuse-seen.ts'

/** Options of `groupIntoBatches`; `size` or `bytes` is needed. */
export interface GroupIntoBatchesOptions<Tag extends string = string> extends StageOptions {
  /** Most values in a batch; default: no limit. */
  size?: number | undefined
  /** Most bytes in a batch, of strings, Buffers, or JSON; default: no limit. A larger value is a batch of its own. */
  bytes?: Size | undefined
  /** How long the first value of a batch waits for more; default: until the window ends. Required behind a message source. */
  delay?: Duration | undefined
  /** What happens to an element that is no `[key, value]`, or whose key cannot be encoded: 'fail' (default) or `deadLetter('tag')`. */
  onError?: OnError<Tag> | undefined
}

/** The batch of a key and window that is being filled. */
interface Filling<K, V> {
  readonly key: K
  readonly batch: ElementBatch<V>
  /** When its first value has waited long enough. */
  readonly due: number
  /** The end of its window. */
  readonly end: number
}

/** Keeps a batch for each key and window. */
export class GroupIntoBatches<K, V, Tags extends object> extends BundleStage<KV<K, V>, KV<K, V[]>, Tags> {
  static override readonly name = 'groupIntoBatches'
  readonly #size: number
  readonly #bytes: number | undefined
  readonly #delay: number
  readonly #rules: ElementRules
  /** By key within a window, the oldest batch first. */
  readonly #windows = new Map<BoundedWindow, Map<string | number, Filling<K, V>>>()
  readonly #full = new OutputBuilder()
  readonly #holds = new WatermarkHolds()
  #watermark = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined

  constructor({size, bytes, delay, onError, ...common}: GroupIntoBatchesOptions) {
    const where = common.name ?? 'groupIntoBatches'
    const policy = errorPolicy(where, onError)
    super(
      common,
      stageDescriptor({
        onError: policy.kind,
        refuse: () => refuseMerging(this[STAGE]) ?? (delay === undefined ? refuseHolding(this[STAGE]) : undefined),
        observe: () => ({batches: this.#open}),
      }),
    )
    this.#size = integerOption(where, 'size', size, Number.POSITIVE_INFINITY, 1)
    this.#bytes = bytes === undefined ? undefined : parseSize(bytes)
    if (bytes !== undefined && !this.#bytes) throw badOption(where, 'bytes', bytes, SIZE_FORMS)
    if (size === undefined && bytes === undefined)
      throw badOption(
        where,
        'size',
        size,
        'the most values in a batch, or `bytes`: without a limit, groupByKey() is what you want',
      )
    this.#delay = durationOption(where, 'delay', delay, Number.POSITIVE_INFINITY)
    this.#rules = this.rules(policy)
  }

  get #open(): number {
    let open = 0
    for (const {size} of this.#windows.values()) open += size
    return open
  }

  protected override takeBundle(bundle: Bundle<KV<K, V>>, watermark: number, done: () => void): void {
    const now = this.info.clock.now()
    for (const i of bundle.values.keys()) {
      try {
        this.#add(bundle, i, now)
      } catch (error) {
        this.#rules.failed(
          error,
          bundle,
          i,
          elementLetters(bundle, i, (tag, part) => this.handTagged(tag, part)),
        )
      }
    }
    if (watermark > this.#watermark) this.#watermark = watermark
    this.#closeEnded()
    this.#handOn()
    this.#setTimer()
    this.whenRoom(done)
  }

  #add(bundle: Bundle<KV<K, V>>, i: number, now: number): void {
    const pair = bundle.values[i]!
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new TypeError('groupIntoBatches takes [key, value]: put withKeys(…) before it')
    const [key, value] = pair as KV<K, V>
    const text = keyOf(key)
    const bytes = this.#bytes === undefined ? 0 : sizeOfElement(value, this.info.name)
    const slot = bundle.windows?.[i] ?? GLOBAL_WINDOW
    const windows = Array.isArray(slot) ? (slot as readonly BoundedWindow[]) : [slot as BoundedWindow]
    // one for each of the batches that it is in
    bundle.leases?.[i]?.retain(windows.length - 1)
    for (const [ordinal, window] of windows.entries())
      this.#put(bundle, i, {key, value, text, bytes, window, ordinal, now})
  }

  #put(bundle: Bundle<KV<K, V>>, i: number, of: Put<K, V>): void {
    const {key, value, text, bytes, window, ordinal, now} = of
    let batches = this.#windows.get(window)
    if (!batches) this.#windows.set(window, (batches = new Map()))
    let filling = batches.get(text)
    if (filling && this.#bytes !== undefined && filling.batch.bytes + bytes > this.#bytes) {
      this.#close(batches, text, filling)
      filling = undefined
    }
    if (!filling) {
      const hold = this.#holds.hold(this.#watermark)
      const batch = new ElementBatch<V>(bundle, i, hold, window, ordinal)
      filling = {key, batch, due: now + this.#delay, end: window.end}
      batches.set(typeof text === 'string' ? ownText(text) : text, filling)
    }
    filling.batch.add(bundle, i, value, bytes)
    if (filling.batch.elements.length >= this.#size) this.#close(batches, text, filling)
  }

  #close(batches: Map<string | number, Filling<K, V>>, text: string | number, {key, batch}: Filling<K, V>): void {
    batches.delete(text)
    this.#full.append(batch.take<KV<K, V[]>>([key, batch.elements]))
    batch.hold.release()
  }

  /** Windows that the watermark has passed: nothing more is to be expected. */
  #closeEnded(): void {
    for (const [window, batches] of this.#windows)
      if (batches.size === 0 || this.#watermark >= window.end) {
        for (const [text, filling] of batches) this.#close(batches, text, filling)
        this.#windows.delete(window)
      }
  }

  #closeDue(): void {
    const now = this.info.clock.now()
    for (const batches of this.#windows.values())
      for (const [text, filling] of batches) {
        if (filling.due > now) break
        this.#close(batches, text, filling)
      }
  }

  #handOn(): void {
    for (const bundle of this.#full.take(DEFAULTS.bundleValues)) this.hand(bundle as Bundle<KV<K, V[]>>)
    // what waits holds the watermark back
    this.advance(this.#holds.limit(this.#watermark))
  }

  #setTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    let due = Number.POSITIVE_INFINITY
    for (const batches of this.#windows.values())
      for (const filling of batches.values()) {
        due = Math.min(due, filling.due)
        break
      }
    if (due === Number.POSITIVE_INFINITY) return
    const {clock} = this.info
    const late = () =>
      this.whenRoom(() => {
        this.#closeDue()
        this.#handOn()
        this.#setTimer()
      })
    this.#timer = clock.setTimeout(late, Math.max(0, due - clock.now()), true)
  }

  #closeAll(): void {
    for (const batches of this.#windows.values())
      for (const [text, filling] of batches) this.#close(batches, text, filling)
    this.#windows.clear()
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** What is gathered leaves before it. */
  protected override takeBarrier(bundle: Bundle<KV<K, V>>, done: () => void): void {
    this.#closeAll()
    this.#handOn()
    this.passBarrier(bundle)
    done()
  }

  protected override async finishInput(): Promise<void> {
    this.#closeAll()
    for (const bundle of this.#full.take(DEFAULTS.bundleValues)) {
      await new Promise<void>(resolve => this.whenRoom(resolve))
      this.hand(bundle as Bundle<KV<K, V[]>>)
    }
  }

  protected override abort(error: Error | null): void {
    this.#timer?.cancel()
    this.#full.nack(error)
    for (const batches of this.#windows.values())
      for (const {batch} of batches.values()) nackAll(batch.take().leases, error)
  }
}

/** A value and where it goes. */
interface Put<K, V> {
  readonly key: K
  readonly value: V
  readonly text: string | number
  readonly bytes: number
  readonly window: BoundedWindow
  readonly ordinal: number
  readonly now: number
}
