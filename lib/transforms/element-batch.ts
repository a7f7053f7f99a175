import {
  type Bundle,
  GroupLease,
  type Lease,
  ListIds,
  sameWindows,
  type WatermarkHold,
  type WindowSlot,
} from '../core/index.ts'

/**
 * Elements that leave as one, and their messages. The batch has the earliest timestamp of its elements, the id of the first with `.b`,
 * and its windows.
 */
export class ElementBatch<I> {
  readonly elements: I[] = []
  bytes = 0
  readonly #leases: Lease[] = []
  #timestamp: number | undefined
  /** Its first element: what the batch has of columns that are not its own. */
  readonly #first: Bundle<unknown>
  /** Keeps the watermark where it was before the first element. */
  readonly hold: WatermarkHold

  /** @param only the window of the batch, number `ordinal` among those of its first element; default: all of them */
  constructor(bundle: Bundle<unknown>, first: number, hold: WatermarkHold, only?: WindowSlot, ordinal = 0) {
    const {ids} = bundle
    const slice = bundle.slice(first, first + 1)
    this.#first = slice.with({
      ids: ids && new ListIds(ids.prefix, [`${ids.at(first)}.b${ordinal > 0 ? ordinal : ''}`]),
      windows: slice.windows && [only ?? slice.windows[0]!],
      watermark: undefined,
    })
    this.hold = hold
  }

  /** @param element what is gathered of value `i` */
  add(bundle: Bundle<unknown>, i: number, element: I, bytes: number): void {
    this.elements.push(element)
    this.bytes += bytes
    const lease = bundle.leases?.[i]
    if (lease) this.#leases.push(lease)
    const timestamp = bundle.timestamps?.[i]
    if (timestamp !== undefined && !(timestamp >= this.#timestamp!)) this.#timestamp = timestamp
  }

  /** Whether an element can be in it: all are in the same windows. */
  fits(bundle: Bundle<unknown>, i: number): boolean {
    return sameWindows(this.#first.windows?.[0], bundle.windows?.[i])
  }

  /** The messages of the elements. */
  get messages(): number {
    return new Set(this.#leases).size
  }

  /** The batch as a bundle of one value: the array of elements, or what is made of it. */
  take<O = I[]>(value: O = this.elements as O): Bundle<O> {
    return this.#first.withValues([value]).with({
      timestamps: this.#timestamp === undefined ? undefined : Float64Array.of(this.#timestamp),
      leases: this.#leases.length > 0 ? [new GroupLease(this.#leases)] : undefined,
    })
  }
}
