import type {RecordKeeper, RecordOrigin} from './source-record.ts'

/**
 * The ids of a bundle's values: a common prefix and one short id each, made only on demand.
 * Between stages they travel as numbers (offsets, indexes of parents), so that a chain of stages makes no strings.
 */
export interface Ids {
  /** The prefix shared by all ids of the bundle, for example `gs://bucket/file#generation`. */
  readonly prefix: string
  /** The id of value `i`; unique within the prefix, the same in every run over the same input. */
  at(i: number): string
}

/** Ids that are byte offsets of records. */
export class OffsetIds implements Ids {
  readonly prefix: string
  readonly offsets: ArrayLike<number>
  /** Holds the records, if the source keeps them. */
  readonly keeper: RecordKeeper | undefined
  constructor(prefix: string, offsets: ArrayLike<number>, keeper?: RecordKeeper) {
    this.prefix = prefix
    this.offsets = offsets
    this.keeper = keeper
  }
  at(i: number): string {
    return String(this.offsets[i])
  }
}

/** Ids that count up from `start`. */
export class SequenceIds implements Ids {
  readonly prefix: string
  readonly start: number
  constructor(prefix: string, start: number) {
    this.prefix = prefix
    this.start = start
  }
  at(i: number): string {
    return String(this.start + i)
  }
}

/** Ids given one by one, for example message ids. */
export class ListIds implements Ids {
  readonly prefix: string
  readonly ids: readonly string[]
  /** The origin of each value, if the source keeps its records. */
  readonly origins: readonly (RecordOrigin | undefined)[] | undefined
  constructor(prefix: string, ids: readonly string[], origins?: readonly (RecordOrigin | undefined)[]) {
    this.prefix = prefix
    this.ids = ids
    this.origins = origins
  }
  at(i: number): string {
    return this.ids[i]!
  }
}

/**
 * Ids of outputs: value `i` came from value `parents[i]` of the parent bundle (from `i` itself without `parents`), as
 * its `ordinals[i]`-th output (under the same id without `ordinals`, or where it is negative: map and filter pass ids on).
 */
export class DerivedIds implements Ids {
  readonly parent: Ids
  readonly parents: ArrayLike<number> | undefined
  readonly ordinals: ArrayLike<number> | undefined
  readonly mark: string
  constructor(parent: Ids, parents?: ArrayLike<number>, ordinals?: ArrayLike<number>, mark = '.') {
    this.parent = parent
    this.parents = parents
    this.ordinals = ordinals
    this.mark = mark
  }
  get prefix(): string {
    return this.parent.prefix
  }
  at(i: number): string {
    const id = this.parent.at(this.parents ? this.parents[i]! : i)
    const ordinal = this.ordinals?.[i] ?? -1
    return ordinal < 0 ? id : id + this.mark + ordinal
  }
}

/** The same ids under a longer prefix: what `flatten` does, so that two branches of one source never collide. */
export class PrefixedIds implements Ids {
  readonly parent: Ids
  readonly prefix: string
  constructor(parent: Ids, mark: string) {
    this.parent = parent
    this.prefix = `${parent.prefix}|${mark}`
  }
  at(i: number): string {
    return this.parent.at(i)
  }
}

/** The part of an output's id between its parent's id and its ordinal: `.` on the main output, `.tag.` on a tag. */
export function outputMark(tag: string | undefined): string {
  return tag === undefined ? '.' : `.${tag}.`
}
