import {SluiceError} from '../../errors/index.ts'
import {BUNDLE} from './brand.ts'
import {COLUMN_NAMES, COLUMNS, type Column, Columns, carries} from './columns.ts'
import {DerivedIds, outputMark} from './ids.ts'

/** What a {@link Bundle} may carry besides its values; each array is parallel to `values`. */
export type BundleParts = {-readonly [Name in keyof Columns]?: Columns[Name]} & {
  /** No later value will be older than this, integer milliseconds; -Infinity: unknown. */
  watermark?: number | undefined
}

/** What a bundle knows about the stage that pushed it; input watermarks are keyed by this object. */
export interface Producer {
  readonly name: string
}

/** Where derived values come from. */
interface Derivation {
  /** The index of each value's parent; undefined: value `k` comes from value `k`. */
  readonly parents?: ArrayLike<number> | undefined
  /** The ordinal of each value among its parent's outputs; undefined: the only output, under the same id. */
  readonly ordinals?: ArrayLike<number> | undefined
  /** The part of their ids between the parent's id and the ordinal; default: that of the main output. */
  readonly mark?: string | undefined
}

/**
 * The chunk between two stages: up to 1,000 values with optional parallel columns, and the watermark that holds after it.
 * An empty bundle only moves the watermark. Its arrays are shared by all receivers: never change them.
 *
 * To make a bundle from another one, use these methods, which know all columns. None of them retains or releases a lease:
 * a new bundle has the leases of its values, and code that hands out a value twice retains its lease once more.
 */
export class Bundle<T = unknown> extends Columns {
  declare readonly [BUNDLE]: true
  readonly values: T[]
  watermark: number
  /** The stage that pushed it; set on the way out. */
  from: Producer | undefined

  /** The number of a barrier: a bundle without values that leaves every stage after everything that arrived before it. */
  barrier: number | undefined

  constructor(values: T[], parts?: BundleParts) {
    super(parts, values.length)
    this.values = values
    this.watermark = parts?.watermark ?? Number.NEGATIVE_INFINITY
    this.from = undefined
    this.barrier = undefined
  }

  /** A control bundle that marks a point in the order of elements; the numbers of barriers rise. */
  static barrier(barrier: number): Bundle<never> {
    const bundle = new Bundle<never>([])
    bundle.barrier = barrier
    return bundle
  }

  /** The values `[start, end)`; the watermark is kept only if the last value is included. */
  slice(start: number, end: number): Bundle<T> {
    const watermark = end >= this.values.length ? this.watermark : undefined
    return remade(this, this.values.slice(start, end), watermark, (column, of) => of.slice(column, start, end))
  }

  /** The values at these indexes, in this order, and the watermark. */
  select(indexes: ArrayLike<number>): Bundle<T> {
    const values = Array.from(indexes, i => this.values[i]!)
    return remade(this, values, this.watermark, (column, of) => of.gather(column, indexes))
  }

  /** Other values in place of these, one for one; all columns and the watermark stay. */
  withValues<U>(values: U[]): Bundle<U> {
    if (values.length !== this.values.length)
      throw new SluiceError(
        'ERR_SLUICE_OPTION',
        `withValues() got ${values.length} values for a bundle of ${this.values.length}: give one for each, or use derive()`,
      )
    return remade(this, values, this.watermark, column => column)
  }

  /** The same values with some columns (or the watermark) replaced, or removed by `undefined`; all others stay. */
  with(parts: BundleParts): Bundle<T> {
    const bundle = new Bundle(this.values, {...columnsOf(this), watermark: this.watermark, ...parts})
    bundle.from = this.from
    return bundle
  }

  /**
   * A bundle derived from these values: ids are the parents' plus the ordinals, all other columns are the parents' own, and
   * there is no watermark.
   *
   * @param values the derived values
   * @param from the parent of each value, and its number among the parent's outputs
   * @param overrides columns that do not come from the parents, and the watermark
   */
  derive<U>(values: U[], from: Derivation = {}, overrides?: BundleParts): Bundle<U> {
    if (!overrides && !carries(this)) return new Bundle(values)
    const {parents, ordinals, mark = outputMark(undefined)} = from
    const whole = !parents && values.length === this.values.length
    const parts: Record<string, unknown> = {}
    for (const name of COLUMN_NAMES) {
      const column = this[name]
      if (column === undefined || (overrides && name in overrides)) continue
      if (whole) parts[name] = column
      else if (parents) parts[name] = spec(name).gather(column, parents)
      else parts[name] = spec(name).slice(column, 0, values.length)
    }
    if (ordinals && parts['ids']) parts['ids'] = new DerivedIds(this.ids!, parents, ordinals, mark)
    return new Bundle(values, overrides ? {...parts, ...overrides} : parts)
  }

  /** True when the values of `next` can follow in one bundle: both carry the same columns, and ids of one prefix. */
  joins(next: Bundle<unknown>): boolean {
    return COLUMN_NAMES.every(name => {
      const [a, b] = [this[name], next[name]]
      return a === undefined || b === undefined ? a === b : (spec(name).joins?.(a, b) ?? true)
    })
  }

  /** Joins several bundles into one, with the watermark of the last. */
  static concat<T>(bundles: readonly Bundle<T>[]): Bundle<T> {
    const [first] = bundles as [Bundle<T>]
    if (bundles.length === 1) return first
    const sizes = bundles.map(({values}) => values.length)
    const parts: Record<string, unknown> = {watermark: bundles.at(-1)!.watermark}
    for (const name of COLUMN_NAMES)
      if (first[name] !== undefined)
        parts[name] = spec(name).concat(
          bundles.map(bundle => bundle[name]),
          sizes,
        )
    return new Bundle(
      bundles.flatMap(({values}) => values),
      parts,
    )
  }
}
Object.defineProperty(Bundle.prototype, BUNDLE, {value: true})

/** Other values, with columns made from those of a bundle. */
function remade<U>(
  bundle: Bundle<unknown>,
  values: U[],
  watermark: number | undefined,
  remake: (column: unknown, of: Column<unknown>) => unknown,
): Bundle<U> {
  const parts: Record<string, unknown> = {watermark}
  for (const name of COLUMN_NAMES) {
    const column = bundle[name]
    if (column !== undefined) parts[name] = remake(column, spec(name))
  }
  const made = new Bundle(values, parts)
  made.from = bundle.from
  return made
}

function spec(name: keyof Columns): Column<unknown> {
  return COLUMNS[name] as Column<unknown>
}

/** The columns that a bundle carries. */
function columnsOf(bundle: Bundle<unknown>): BundleParts {
  const parts: Record<string, unknown> = {}
  for (const name of COLUMN_NAMES) if (bundle[name] !== undefined) parts[name] = bundle[name]
  return parts
}

/** True for a Bundle of any copy of the package. */
export function isBundle(chunk: unknown): chunk is Bundle<unknown> {
  return typeof chunk === 'object' && chunk !== null && (chunk as {[BUNDLE]?: unknown})[BUNDLE] === true
}
