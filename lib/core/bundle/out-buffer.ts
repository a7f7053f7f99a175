import {Bundle} from './bundle.ts'
import {DerivedIds, type Ids, ListIds, outputMark} from './ids.ts'
import type {Lease} from './lease.ts'
import {originOf} from './record-origin.ts'
import type {RecordOrigin} from './source-record.ts'

/**
 * Outputs of one bundle for one output of the stage, with the index of each one's parent. While every input gave exactly
 * one output and ids pass on unchanged (map), there are no parents: then the arrays of the input bundle serve again.
 */
export class OutBuffer {
  readonly #tag: string | undefined
  values: unknown[] = []
  #parents: number[] | undefined
  #ordinals: number[] | undefined
  readonly #parent: Bundle<unknown>
  /** Whether outputs must know their parents: something of theirs passes on, or (on tags) they may have to be taken back. */
  readonly #tracked: boolean

  constructor(parent: Bundle<unknown>, tag: string | undefined) {
    this.#parent = parent
    this.#tag = tag
    this.#tracked =
      tag !== undefined || parent.ids !== undefined || parent.leases !== undefined || parent.timestamps !== undefined
  }

  get length(): number {
    return this.values.length
  }

  /** Output number `ordinal` of element `i`. */
  add(value: unknown, i: number, ordinal: number): void {
    this.values.push(value)
    if (!this.#tracked) return
    ;(this.#parents ??= []).push(i)
    ;(this.#ordinals ??= []).push(ordinal)
    this.#parent.leases?.[i]?.retain()
  }

  /** The only output of element `i`, under the same id. */
  same(value: unknown, i: number): void {
    const at = this.values.push(value) - 1
    if (!this.#tracked) return
    if (this.#parents) this.#parents.push(i)
    else if (at !== i) this.#parents = [...Array(at).keys(), i]
    this.#parent.leases?.[i]?.retain()
  }

  /** Forgets what came after the first `length` outputs, that is, of the element that failed. */
  truncate(length: number): void {
    if (this.#parent.leases)
      for (let k = length; k < this.values.length; k++) this.#parent.leases[this.#parents?.[k] ?? k]?.release()
    this.values.length = length
    if (this.#parents) this.#parents.length = length
    if (this.#ordinals) this.#ordinals.length = length
  }

  /** Takes the outputs of element `i`, which are the last ones, back; for tags, whose buffers know every parent. */
  takeBack(i: number): [value: unknown, ordinal: number][] {
    let length = this.values.length
    while (length > 0 && this.#parents?.[length - 1] === i) length--
    const taken = this.values.slice(length).map((value, k): [unknown, number] => [value, this.#ordinals![length + k]!])
    this.truncate(length)
    return taken
  }

  /** What has been collected as a bundle; the buffer is empty afterwards. */
  take(): Bundle<unknown> {
    const {values} = this
    const {ids, timestamps, leases} = this.#parent
    const parents = this.#parents
    const whole = !parents && values.length === this.#parent.values.length
    const index = (k: number) => (parents ? parents[k]! : k)
    const bundle = new Bundle(values, {
      ids:
        ids && (parents || this.#ordinals ? new DerivedIds(ids, parents, this.#ordinals, outputMark(this.#tag)) : ids),
      timestamps: timestamps && (whole ? timestamps : Float64Array.from(values, (_, k) => timestamps[index(k)]!)),
      leases: leases && (whole ? leases : values.map((_, k) => leases[index(k)]!)),
    })
    this.values = []
    this.#parents = undefined
    this.#ordinals = undefined
    return bundle
  }
}

/** One output with all that belongs to it, for outputs that do not come bundle by bundle (asynchronous calls). */
export interface OutValue {
  value: unknown
  prefix: string | undefined
  id: string
  timestamp: number | undefined
  lease: Lease | undefined
  /** The record that it was made of, if that is one and is kept. */
  origin?: RecordOrigin | undefined
}

/** The output number `ordinal` of element `i` (under the element's own id when undefined). */
export function outValue(
  value: unknown,
  bundle: Bundle<unknown>,
  i: number,
  ordinal: number | undefined,
  tag?: string,
): OutValue {
  const lease = bundle.leases?.[i]
  lease?.retain()
  const {ids} = bundle
  return {
    value,
    prefix: ids?.prefix,
    id: ids ? (ordinal === undefined ? ids.at(i) : ids.at(i) + outputMark(tag) + ordinal) : '',
    timestamp: bundle.timestamps?.[i],
    lease,
    origin: originOf(ids, i),
  }
}

/** Bundles of at most `max` values out of a run of outputs; cut where the id prefix, or what is carried, changes. */
export function* bundlesOf(outs: readonly OutValue[], max: number): Iterable<Bundle<unknown>> {
  for (let from = 0; from < outs.length; ) {
    const first = outs[from]!
    let to = from + 1
    while (to < outs.length && to - from < max && alike(first, outs[to]!)) to++
    const part = outs.slice(from, to)
    const ids: Ids | undefined =
      first.prefix === undefined
        ? undefined
        : new ListIds(
            first.prefix,
            part.map(o => o.id),
            part.some(o => o.origin) ? part.map(o => o.origin) : undefined,
          )
    yield new Bundle(
      part.map(o => o.value),
      {
        ids,
        timestamps: first.timestamp === undefined ? undefined : Float64Array.from(part, o => o.timestamp!),
        leases: first.lease && part.map(o => o.lease!),
      },
    )
    from = to
  }
}

function alike(a: OutValue, b: OutValue): boolean {
  return (
    a.prefix === b.prefix &&
    (a.lease === undefined) === (b.lease === undefined) &&
    (a.timestamp === undefined) === (b.timestamp === undefined)
  )
}
