import type {Bundle} from './bundle.ts'
import type {OutValue} from './out-buffer.ts'

/** A bundle whose elements run asynchronously. */
export interface Work {
  readonly bundle: Bundle<unknown>
  /** The input watermark that holds after it. */
  readonly watermark: number
  /** Elements whose outputs have not been handed on. */
  unfinished: number
  finished: (() => void) | undefined
}

/** One element in flight and what it has emitted so far. */
export class Slot {
  readonly work: Work
  readonly index: number
  outs: OutValue[] = []
  tags: [string, OutValue][] = []
  /** Outputs of this slot that count as held. */
  counted = 0
  settled = false

  constructor(work: Work, index: number) {
    this.work = work
    this.index = index
  }

  /** Forgets what a failed element had emitted. */
  discard(): void {
    for (const out of this.outs) out.lease?.release()
    for (const [, out] of this.tags) out.lease?.release()
    this.outs = []
    this.tags = []
  }
}
