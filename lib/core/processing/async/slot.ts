import type {Bundle} from '../../bundle/bundle.ts'
import {OutputBuilder} from '../../bundle/output-builder.ts'
import {isTimestamped} from '../../bundle/timestamped.ts'
import type {ElementOutputs} from '../elements/element-rules.ts'
import type {Callee} from '../elements/user-code.ts'
import type {BundleInWork} from '../ports/bundle-in-work.ts'
import type {WatermarkHold} from '../watermarks/watermark-holds.ts'

/** A chunk whose elements run asynchronously, or a barrier between two chunks. */
export interface Work {
  readonly chunk: Bundle<unknown>
  /** The bundle that it is part of; undefined for a barrier. */
  readonly bundle: BundleInWork | undefined
  /** What is called for its values; undefined for a barrier. */
  readonly callee: Callee<never> | undefined
  readonly barrier: number | undefined
  /** Barriers that have come before it. */
  readonly epoch: number
  /** Elements whose outputs have not been collected. */
  unfinished: number
  /** Keeps the watermark where it was before the chunk. */
  readonly hold: WatermarkHold
  /** The side inputs that hold for it. */
  readonly side: Readonly<Record<string, unknown>> | undefined
}

/** Stands for a missing only output. */
const NOTHING = Symbol('nothing')

/** One element in flight and what it has emitted so far. */
export class Slot implements ElementOutputs {
  readonly work: Work
  readonly index: number
  /** The only output, under the element's own id. Most calls have just that, and need no builder. */
  #only: unknown = NOTHING
  #outs: OutputBuilder | undefined
  tags: Map<string, OutputBuilder> | undefined
  /** Outputs of this slot that count as held. */
  counted = 0
  /** The call has ended or was given up: what it emits later is refused. */
  settled = false
  /** The iterator of the call's outputs, while it is being read. */
  iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined
  /** Neighbours in the order of elements. */
  before: Slot | undefined
  after: Slot | undefined
  readonly #skew: number
  readonly #isReady: (value: object) => boolean

  /** `isReady` returns whether an object is among the outputs that have left the slot and have not been pushed. */
  constructor(work: Work, index: number, skew: number, isReady: (value: object) => boolean) {
    this.work = work
    this.index = index
    this.#skew = skew
    this.#isReady = isReady
  }

  /** Sets the element's only output. */
  give(value: unknown): void {
    if (isTimestamped(value)) return this.#builder().same(value, this.index)
    this.#only = value
    this.work.chunk.leases?.[this.index]?.retain()
  }

  /** Output number `ordinal` of the element. */
  add(value: unknown, ordinal: number): void {
    this.#builder().add(value, this.index, ordinal)
  }

  #builder(): OutputBuilder {
    return (this.#outs ??= new OutputBuilder(this.work.chunk, {skew: this.#skew}))
  }

  /** Moves the outputs of the main output to `ready`; returns how many. */
  moveTo(ready: OutputBuilder): number {
    const before = ready.length
    if (this.#only !== NOTHING) {
      ready.appendSame(this.#only, this.work.chunk, this.index)
      this.#only = NOTHING
    }
    if (this.#outs) ready.append(this.#outs)
    return ready.length - before
  }

  /** Outputs that have not been collected. */
  get size(): number {
    let size = (this.#only === NOTHING ? 0 : 1) + (this.#outs?.length ?? 0)
    if (this.tags) for (const tagged of this.tags.values()) size += tagged.length
    return size
  }

  addTagged(tag: string, value: unknown, ordinal: number): void {
    this.tags ??= new Map()
    let tagged = this.tags.get(tag)
    if (!tagged) this.tags.set(tag, (tagged = new OutputBuilder(this.work.chunk, {tag, skew: this.#skew})))
    tagged.add(value, this.index, ordinal)
  }

  /** Takes over what the synchronous part of the call has emitted. */
  adopt(tag: string, outputs: OutputBuilder): void {
    ;(this.tags ??= new Map()).set(tag, outputs)
  }

  holds(value: object): boolean {
    return this.#only === value || this.#outs?.values.includes(value) || this.#isReady(value)
  }

  discard(): void {
    if (this.#only !== NOTHING) this.work.chunk.leases?.[this.index]?.release()
    this.#only = NOTHING
    this.#outs?.discard()
    if (this.tags) for (const tagged of this.tags.values()) tagged.discard()
  }
}
