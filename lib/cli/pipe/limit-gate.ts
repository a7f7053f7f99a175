import type {RecordOrigin} from '../../core/index.ts'
import type {Reject, RejectLog} from './rejects/reject-log.ts'

/** The most rejects to hold. How far steps run ahead of each other is bounded, so anything older than this counts. */
const MOST = 40_000
const MOST_BATCHES = 256

/**
 * Stands between the rejects of steps and the log of a run with a limit. Records are read and processed in batches, ahead of
 * the limit; a reject waits here until the limit has passed a later record or the input has ended. Nothing after the last
 * record that a limit lets through is reported.
 */
export class LimitGate {
  readonly #log: RejectLog
  #held: Reject[] = []
  /** The batches of records that held rejects refer to. */
  readonly #batches = new Set<object>()
  #passed: RecordOrigin | undefined
  #cut: RecordOrigin | undefined

  constructor(log: RejectLog) {
    this.#log = log
  }

  /** Resolves when the rejects already known to count are written. */
  add(rejects: readonly Reject[]): Promise<void> {
    const known: Reject[] = []
    for (const reject of rejects) {
      const {origin} = reject
      if (origin && this.#cut && isBehind(origin, this.#cut)) continue
      if (!origin || this.#cut || (this.#passed && !isBehind(origin, this.#passed))) known.push(reject)
      else this.#hold(reject, origin)
    }
    if (this.#held.length > MOST || this.#batches.size > MOST_BATCHES) known.push(...this.#release())
    return this.#log.add(known)
  }

  /** The last limit has passed a value derived from this record. */
  passed(origin: RecordOrigin): void {
    this.#passed = origin
    if (this.#held.length > 0) this.#settle(this.#log.add(this.#release(origin)))
  }

  /** A limit is reached: this is the last record from which it has passed a value. */
  reached(origin: RecordOrigin): void {
    if (this.#cut && isBehind(origin, this.#cut)) return
    this.#cut = origin
    const counting = this.#held.filter(reject => !isBehind(reject.origin!, origin))
    this.#release()
    this.#settle(this.#log.add(counting))
  }

  /** The input has ended: whatever is left was read before any limit was reached. */
  ended(): Promise<void> {
    return this.#log.add(this.#release())
  }

  #hold(reject: Reject, {keeper}: RecordOrigin): void {
    this.#held.push(reject)
    this.#batches.add(keeper)
  }

  /** Removes and returns the held rejects, only those up to the record `upTo` if given. */
  #release(upTo?: RecordOrigin): Reject[] {
    const out = upTo ? this.#held.filter(({origin}) => !isBehind(origin!, upTo)) : this.#held
    this.#held = upTo ? this.#held.filter(({origin}) => isBehind(origin!, upTo)) : []
    this.#batches.clear()
    for (const {origin} of this.#held) this.#batches.add(origin!.keeper)
    return out
  }

  /** A failure surfaces in the next `add`, or at the end. */
  #settle(written: Promise<void>): void {
    written.catch(() => {})
  }
}

function isBehind(a: RecordOrigin, b: RecordOrigin): boolean {
  return a.keeper.file === b.keeper.file ? a.offset > b.offset : a.keeper.file > b.keeper.file
}
