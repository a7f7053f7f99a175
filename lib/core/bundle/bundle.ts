import {BUNDLE} from './brand.ts'
import {DerivedIds, type Ids} from './ids.ts'
import type {Lease} from './lease.ts'

/** What a {@link Bundle} may carry beside its values; each array is parallel to `values`. */
export interface BundleParts {
  ids?: Ids | undefined
  /** Event times, integer milliseconds. */
  timestamps?: Float64Array | undefined
  leases?: Lease[] | undefined
  /** No later value will be older than this, integer milliseconds; -Infinity: nothing is known. */
  watermark?: number | undefined
}

/** What a bundle knows of the stage that pushed it: its input watermark is kept under this object. */
export interface Producer {
  readonly name: string
}

/**
 * The chunk between two stages: up to 1,000 values with optional parallel arrays, and the watermark that holds after it.
 * An empty bundle only moves the watermark. The arrays are shared by all who receive the bundle: read them, never change them.
 */
export class Bundle<T = unknown> {
  declare readonly [BUNDLE]: true
  readonly values: T[]
  readonly ids: Ids | undefined
  readonly timestamps: Float64Array | undefined
  readonly leases: Lease[] | undefined
  watermark: number
  /** The stage that pushed it; set on the way out. */
  from: Producer | undefined

  constructor(values: T[], parts?: BundleParts) {
    this.values = values
    this.ids = parts?.ids
    this.timestamps = parts?.timestamps
    this.leases = parts?.leases
    this.watermark = parts?.watermark ?? Number.NEGATIVE_INFINITY
    this.from = undefined
  }
}
Object.defineProperty(Bundle.prototype, BUNDLE, {value: true})

/** True for a Bundle of any copy of the package. */
export function isBundle(chunk: unknown): chunk is Bundle<unknown> {
  return typeof chunk === 'object' && chunk !== null && (chunk as {[BUNDLE]?: unknown})[BUNDLE] === true
}

/** Part `[start, end)` of a bundle as a bundle of its own; the watermark only with the last part. */
export function sliceBundle<T>(bundle: Bundle<T>, start: number, end: number): Bundle<T> {
  const {ids} = bundle
  return new Bundle(bundle.values.slice(start, end), {
    ids:
      ids &&
      new DerivedIds(
        ids,
        Uint32Array.from({length: end - start}, (_, i) => start + i),
      ),
    timestamps: bundle.timestamps?.slice(start, end),
    leases: bundle.leases?.slice(start, end),
    watermark: end >= bundle.values.length ? bundle.watermark : undefined,
  })
}
