import type {Lease} from '../../core/index.ts'
import type {Stretch} from './byte-ranges.ts'

/**
 * The lease that all records of one piece of a file share, rejects included. Its bytes count as committed once every value
 * derived from them is, and the piece has been read to its end.
 */
export class Span implements Lease {
  readonly start: number
  readonly #committed: (stretch: Stretch) => void
  /** One reference belongs to the reader, until it knows where the piece ends. */
  #count = 1
  #end: Pick<Stretch, 'end' | 'line'> | undefined

  constructor(start: number, committed: (stretch: Stretch) => void) {
    this.start = start
    this.#committed = committed
  }

  retain(n = 1): void {
    this.#count += n
  }

  release(): void {
    if (--this.#count === 0 && this.#end) this.#committed({start: this.start, ...this.#end})
  }

  /** Something in it could not be processed: the next run reads all of it again. */
  nack(): void {
    this.#count = Number.POSITIVE_INFINITY
  }

  /** Ends the piece here, at the beginning of a record. */
  close(end: number, line: number | undefined): void {
    this.#end = {end, line}
    this.release()
  }

  describe(): string {
    return `the records from byte ${this.start} on`
  }
}
