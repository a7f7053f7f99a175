import type {RecordOrigin} from '../../core/index.ts'
import type {Reject, RejectLog} from './rejects/reject-log.ts'

/** What is held at most; how far the steps are ahead of each other is bounded, so what is older than this counts. */
const MOST = 40_000
const MOST_BATCHES = 256

/**
 * Stands between what steps set aside and the log of a run that has a limit. Records are read and taken through steps in
 * batches, ahead of the limit; what is set aside of them waits here until the limit has passed on something that stands
 * behind it, or the input has ended. Nothing after the last record that a limit lets through is reported.
 */
export class LimitGate {
  readonly #log: RejectLog
  #held: Reject[] = []
  /** Batches of records that are kept for what is held. */
  readonly #batches = new Set<object>()
  #passed: RecordOrigin | undefined
  #cut: RecordOrigin | undefined

  constructor(log: RejectLog) {
    this.#log = log
  }

  /** Resolves when those of them are written that are known to count. */
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

  /** The last limit has let a value pass that was made of this record. */
  passed(origin: RecordOrigin): void {
    this.#passed = origin
    if (this.#held.length > 0) this.#settle(this.#log.add(this.#release(origin)))
  }

  /** A limit takes no more: this record is the last one of which it has let something pass. */
  reached(origin: RecordOrigin): void {
    if (this.#cut && isBehind(origin, this.#cut)) return
    this.#cut = origin
    const counting = this.#held.filter(reject => !isBehind(reject.origin!, origin))
    this.#release()
    this.#settle(this.#log.add(counting))
  }

  /** The input has ended: what is left was read before any limit was reached. */
  ended(): Promise<void> {
    return this.#log.add(this.#release())
  }

  #hold(reject: Reject, {keeper}: RecordOrigin): void {
    this.#held.push(reject)
    this.#batches.add(keeper)
  }

  /** Takes out what is held, up to the record `upTo` if that is given. */
  #release(upTo?: RecordOrigin): Reject[] {
    const out = upTo ? this.#held.filter(({origin}) => !isBehind(origin!, upTo)) : this.#held
    this.#held = upTo ? this.#held.filter(({origin}) => isBehind(origin!, upTo)) : []
    this.#batches.clear()
    for (const {origin} of this.#held) this.#batches.add(origin!.keeper)
    return out
  }

  /** A failure surfaces in the next sink to add something, or at the end. */
  #settle(written: Promise<void>): void {
    written.catch(() => {})
  }
}

function isBehind(a: RecordOrigin, b: RecordOrigin): boolean {
  return a.keeper.file === b.keeper.file ? a.offset > b.offset : a.keeper.file > b.keeper.file
}
