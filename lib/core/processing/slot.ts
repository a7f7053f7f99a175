import type {Bundle} from '../bundle/bundle.ts'
import type {OutValue} from '../bundle/out-buffer.ts'

/** A bundle whose elements run asynchronously. */
export interface Work {
  readonly bundle: Bundle<unknown>
  /** The input watermark that holds after it, and after later bundles that were done before it. */
  watermark: number
  /** Elements whose outputs have not been collected. */
  unfinished: number
  readonly finished: (() => void) | undefined
  /** The side inputs that hold for it. */
  readonly side: Readonly<Record<string, unknown>> | undefined
}

/** One element in flight and what it has emitted so far. */
export class Slot {
  readonly work: Work
  readonly index: number
  outs: OutValue[] = []
  tags: [string, OutValue][] = []
  /** Outputs of this slot that count as held. */
  counted = 0
  /** The call has ended or was given up: what comes later belongs to nobody. */
  settled = false
  /** What the call is being read from, while it is. */
  iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined
  /** Neighbours in the order of elements. */
  before: Slot | undefined
  after: Slot | undefined

  constructor(work: Work, index: number) {
    this.work = work
    this.index = index
  }

  /** Outputs that have not been collected. */
  get size(): number {
    return this.outs.length + this.tags.length
  }

  /** Forgets what a failed element had emitted. */
  discard(): void {
    for (const out of this.outs) out.lease?.release()
    for (const [, out] of this.tags) out.lease?.release()
    this.outs = []
    this.tags = []
  }
}
