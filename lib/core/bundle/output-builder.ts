import {Bundle} from './bundle.ts'
import {carries} from './columns.ts'
import {outputMark} from './ids.ts'
import type {Lease} from './lease.ts'
import {rebundle} from './rebundle.ts'
import {isTimestamped, type Timestamped, tooEarly} from './timestamped.ts'

/** A run of outputs made from one bundle. */
interface Run {
  readonly parent: Bundle<unknown>
  readonly start: number
  readonly end: number
}

/** The ordinal of an output that keeps its parent's id. */
const NONE = -1

/**
 * Collects the values for one output of a stage and turns them into bundles.
 *
 * Every output has a parent, an element of a bundle, and gets all columns from it: ids, timestamp, windows, pane, lease.
 * There are three ways to use it:
 *
 * - **One bundle after the other, synchronously.** `open(bundle)`, then `add(value, i, k)` for the k-th output of element
 *   `i` (or `same(value, i)` for its only output, under the same id), `take(max)` when enough is there. While each
 *   input gives exactly one output (map), nothing is noted of it and the columns of the bundle serve again.
 * - **Outputs of many bundles.** Each element in flight collects with a builder of its own; `append(builder)` moves its
 *   outputs to that of the stage, in whatever order; `take(max)` cuts where the id prefix or the columns change.
 * - **What is made of several elements** (finishBundle, batches): `open()` a bundle of one value that has the columns of
 *   what was made (see `parentOfAll`), or `append(bundle)` what is a bundle already.
 *
 * Leases: `add` and `same` retain the parent's lease once for the output, `append` takes over those of what it is given,
 * and `take` hands them to the bundle. `truncate`, `takeBack().discard()` and `discard` release them. The element's own
 * reference is the caller's: it releases it once the element is done.
 *
 * A value made by `timestamped()` is unwrapped here; its timestamp replaces the parent's.
 */
export class OutputBuilder {
  /** The values collected so far, unwrapped. */
  values: unknown[] = []
  readonly #mark: string
  /** How much earlier than its element an output may be, ms. */
  readonly #skew: number
  /** For a tag, outputs always record their element, since they may be taken back. */
  readonly #tag: boolean
  #parent: Bundle<unknown>
  /** Whether outputs inherit anything from their parents; otherwise plain ones may be pushed to {@link values} directly. */
  tracked = false
  /** The index of each output's parent; undefined while output `k` comes from element `k`. */
  #parents: number[] | undefined
  #ordinals: number[] | undefined
  /** Outputs' own timestamps; holes elsewhere. */
  #timestamps: number[] | undefined
  /** Bundles before the open one, and where their outputs end. */
  #before: {readonly parent: Bundle<unknown>; end: number}[] | undefined

  /**
   * @param parent the first bundle to be processed
   * @param options `tag` of the output, undefined for the main one; `mark` in ids in place of what the tag says; `skew`: how
   *   much earlier than its element a timestamped output may be, ms
   */
  constructor(
    parent: Bundle<unknown> = new Bundle<unknown>([]),
    options: {tag?: string; mark?: string; skew?: number} = {},
  ) {
    this.#parent = parent
    this.#mark = options.mark ?? outputMark(options.tag)
    this.#skew = options.skew ?? 0
    this.#tag = options.tag !== undefined
    this.tracked = this.#tag || carries(parent)
  }

  get length(): number {
    return this.values.length
  }

  /** Outputs added from now on are made from elements of this bundle. */
  open(parent: Bundle<unknown>): void {
    if (parent === this.#parent) return
    const passes = this.#tag || carries(parent)
    const end = this.values.length
    if (end === 0) this.tracked = passes
    // if nothing is inherited, any parent will do
    else if (this.tracked || passes) {
      this.tracked = true
      this.#parents ??= [...this.values.keys()]
      ;(this.#before ??= []).push({parent: this.#parent, end})
    }
    this.#parent = parent
  }

  /** Output number `ordinal` of element `i`. */
  add(value: unknown, i: number, ordinal: number): void {
    const at = this.values.push(isTimestamped(value) ? this.#unwrap(value, i) : value) - 1
    if (!this.tracked) return
    ;(this.#parents ??= countUp(at)).push(i)
    ;(this.#ordinals ??= none(at)).push(ordinal)
    this.#parent.leases?.[i]?.retain()
  }

  /** The only output of element `i`, under the same id. */
  same(value: unknown, i: number): void {
    // small, so that V8 inlines it into the loop over a bundle
    if (this.tracked || isTimestamped(value)) this.#noteSame(value, i)
    else this.values.push(value)
  }

  #noteSame(value: unknown, i: number): void {
    this.#put(isTimestamped(value) ? this.#unwrap(value, i) : value, i, NONE)
    if (this.tracked) this.#parent.leases?.[i]?.retain()
  }

  /** The only output of element `i` of `parent`, under the same id; takes over a lease that was retained for it. */
  appendSame(value: unknown, parent: Bundle<unknown>, i: number): void {
    this.open(parent)
    this.#put(value, i, NONE)
  }

  /** Moves the outputs of another builder, or the values of a bundle, to the end of this one, with their leases. */
  append(outputs: OutputBuilder | Bundle<unknown>): void {
    if (!(outputs instanceof OutputBuilder)) {
      this.open(outputs)
      for (const [i, value] of outputs.values.entries()) this.#put(value, i, NONE)
      return
    }
    const {values} = outputs
    for (const {parent, start, end} of outputs.#runs()) {
      this.open(parent)
      for (let k = start; k < end; k++) {
        const timestamp = outputs.#timestamps?.[k]
        if (timestamp !== undefined) (this.#timestamps ??= [])[this.values.length] = timestamp
        this.#put(values[k], outputs.#parents?.[k] ?? k, outputs.#ordinals?.[k] ?? NONE)
      }
    }
    outputs.#clear()
  }

  #put(value: unknown, i: number, ordinal: number): void {
    const at = this.values.push(value) - 1
    if (!this.tracked) return
    if (this.#parents || at !== i) (this.#parents ??= countUp(at)).push(i)
    if (this.#ordinals || ordinal !== NONE) (this.#ordinals ??= none(at)).push(ordinal)
  }

  /** Drops everything after the first `length` outputs. */
  truncate(length: number): void {
    this.#eachLease(length, lease => lease.release())
    this.#cut(length)
  }

  /** Removes the last outputs if they are of element `i` of the open bundle, and returns them in a builder. For tags. */
  takeBack(i: number): OutputBuilder {
    const start = this.#before?.at(-1)?.end ?? 0
    let at = this.values.length
    while (at > start && this.#parents?.[at - 1] === i) at--
    const taken = new OutputBuilder(this.#parent, {mark: this.#mark, skew: this.#skew})
    taken.tracked = true
    taken.values = this.values.slice(at)
    taken.#parents = this.#parents?.slice(at)
    taken.#ordinals = this.#ordinals?.slice(at)
    taken.#timestamps = this.#timestamps?.slice(at)
    this.#cut(at)
    return taken
  }

  /** Drops everything and releases its leases. */
  discard(): void {
    this.truncate(0)
  }

  /** Gives the messages of all held outputs back to their source. */
  nack(reason: unknown): void {
    this.#eachLease(0, lease => lease.nack(reason))
    this.#clear()
  }

  /** Returns what has been collected, as bundles of at most `max` values, and empties the builder. */
  take(max: number): Bundle<unknown>[] {
    const made = this.#runs().map(({parent, start, end}) => this.#made(parent, start, end))
    this.#clear()
    return rebundle(made, max)
  }

  /** The outputs `[start, end)`, all made from one bundle. */
  #made(parent: Bundle<unknown>, start: number, end: number): Bundle<unknown> {
    const all = end - start === this.values.length
    const part = <T>(array: T[]): T[] => (all ? array : array.slice(start, end))
    const parents = this.#parents && part(this.#parents)
    const ordinals = this.#ordinals && part(this.#ordinals)
    const values = part(this.values)
    const from = {parents, ordinals, mark: this.#mark}
    const own = this.#timestamps && part(this.#timestamps)
    // some() skips holes
    if (!own?.some(() => true)) return parent.derive(values, from)
    const inherited = (k: number) => parent.timestamps?.[parents ? parents[k]! : k] ?? Number.NEGATIVE_INFINITY
    return parent.derive(values, from, {timestamps: Float64Array.from(values, (_, k) => own[k] ?? inherited(k))})
  }

  /** Runs of outputs made from one bundle each. */
  #runs(): Run[] {
    const runs: Run[] = []
    let start = 0
    for (const {parent, end} of this.#before ?? []) {
      if (end > start) runs.push({parent, start, end})
      start = end
    }
    if (this.values.length > start) runs.push({parent: this.#parent, start, end: this.values.length})
    return runs
  }

  #eachLease(from: number, fn: (lease: Lease) => void): void {
    for (const {parent, start, end} of this.#runs()) {
      const {leases} = parent
      if (leases)
        for (let k = Math.max(start, from); k < end; k++) {
          const lease = leases[this.#parents ? this.#parents[k]! : k]
          if (lease) fn(lease)
        }
    }
  }

  #cut(length: number): void {
    if (length === 0) return this.#clear()
    this.values.length = length
    if (this.#parents && this.#parents.length > length) this.#parents.length = length
    if (this.#ordinals && this.#ordinals.length > length) this.#ordinals.length = length
    if (this.#timestamps && this.#timestamps.length > length) this.#timestamps.length = length
    if (this.#before) for (const run of this.#before) run.end = Math.min(run.end, length)
  }

  #clear(): void {
    this.values = []
    this.#parents = undefined
    this.#ordinals = undefined
    this.#timestamps = undefined
    this.#before = undefined
    this.tracked = this.#tag || carries(this.#parent)
  }

  /** Returns the bare value and records its timestamp. */
  #unwrap({value, timestamp}: Timestamped<unknown>, i: number): unknown {
    const own = this.#parent.timestamps?.[i]
    if (own !== undefined && timestamp < own - this.#skew) throw tooEarly(timestamp, own)
    ;(this.#timestamps ??= [])[this.values.length] = timestamp
    return value
  }
}

const countUp = (length: number): number[] => (length === 0 ? [] : [...Array(length).keys()])
const none = (length: number): number[] => (length === 0 ? [] : Array<number>(length).fill(NONE))
