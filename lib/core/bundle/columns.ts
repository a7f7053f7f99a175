import {SluiceError} from '../../errors/index.ts'
import {concatIds} from './concat-ids.ts'
import {DerivedIds, type Ids} from './ids.ts'
import {decodeIds, encodeIds} from './ids-codec.ts'
import type {Lease} from './lease.ts'
import type {PaneInfo, WindowSlot} from './window.ts'
import {decodePanes, decodeWindows, encodePanes, encodeWindows} from './window-codec.ts'

/**
 * The columns of a bundle beside its values, each parallel to them and absent when unused. This file alone lists them: a
 * field here and an entry in {@link COLUMNS} are all that a new column takes.
 *
 * Columns are shared by all receivers of the bundle: never change them.
 */
export abstract class Columns {
  readonly ids: Ids | undefined
  /** Event times, integer milliseconds; absent when the source gave none. */
  readonly timestamps: Float64Array | undefined
  /** Absent: the global window. */
  readonly windows: readonly WindowSlot[] | undefined
  /** Absent: never grouped. */
  readonly panes: readonly PaneInfo[] | undefined
  readonly leases: Lease[] | undefined

  constructor(given: Partial<Columns> | undefined, size: number) {
    this.ids = given?.ids
    this.timestamps = sized(given?.timestamps, 'timestamps', size)
    this.windows = sized(given?.windows, 'windows', size)
    this.panes = sized(given?.panes, 'panes', size)
    this.leases = sized(given?.leases, 'leases', size)
  }
}

function sized<C extends {readonly length: number}>(column: C | undefined, name: string, size: number): C | undefined {
  if (column !== undefined && column.length !== size)
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `a Bundle of ${size} values was given ${column.length} ${name}: give as many ${name} as values, or none`,
    )
  return column
}

/** Numbers the leases that stay behind when their bundle is encoded, and finds them again. */
export interface LeaseNumbers {
  keep(lease: Lease): number
  find(number: number): Lease
}

/** How the methods of a bundle handle one column. */
export interface Column<C> {
  /** The slots `[start, end)`. */
  slice(column: C, start: number, end: number): C
  /** The slots at these indexes, in this order. */
  gather(column: C, indexes: ArrayLike<number>): C
  /** Concatenates columns; `sizes` has the number of slots in each. */
  concat(columns: readonly C[], sizes: readonly number[]): C
  /** Whether two columns can be concatenated. */
  joins?(first: C, next: C): boolean
  /** As plain data, which `node:v8` can serialize. */
  encode(column: C, size: number, leases: LeaseNumbers): unknown
  decode(encoded: never, leases: LeaseNumbers): C
}

function gatherArray<T>(column: readonly T[], indexes: ArrayLike<number>): T[] {
  return Array.from(indexes, i => column[i]!)
}

/** A column that is an array. */
const ARRAY = {
  slice: <T>(column: readonly T[], start: number, end: number): T[] => column.slice(start, end),
  gather: gatherArray,
  concat: <T>(columns: readonly (readonly T[])[]): T[] => columns.flat() as T[],
}

/** All columns. */
export const COLUMNS: {readonly [Name in keyof Columns]: Column<NonNullable<Columns[Name]>>} = {
  ids: {
    slice: (ids, start, end) =>
      start === 0
        ? ids
        : new DerivedIds(
            ids,
            Uint32Array.from({length: end - start}, (_, i) => start + i),
          ),
    gather: (ids, indexes) => new DerivedIds(ids, indexes),
    concat: concatIds,
    joins: (first, next) => first.prefix === next.prefix,
    encode: encodeIds,
    decode: decodeIds,
  },
  timestamps: {
    slice: (timestamps, start, end) => timestamps.slice(start, end),
    gather: (timestamps, indexes) => Float64Array.from(indexes, i => timestamps[i]!),
    concat: (columns, sizes) => {
      const all = new Float64Array(sizes.reduce((sum, size) => sum + size, 0))
      let at = 0
      for (const column of columns) {
        all.set(column, at)
        at += column.length
      }
      return all
    },
    encode: timestamps => timestamps,
    decode: (timestamps: Float64Array) => timestamps,
  },
  windows: {...ARRAY, encode: encodeWindows, decode: decodeWindows},
  panes: {...ARRAY, encode: encodePanes, decode: decodePanes},
  leases: {
    ...ARRAY,
    encode: (leases, _size, numbers) => leases.map(lease => numbers.keep(lease)),
    decode: (encoded: number[], numbers) => encoded.map(number => numbers.find(number)),
  },
}

/** The names of all columns. */
export const COLUMN_NAMES = Object.keys(COLUMNS) as readonly (keyof Columns)[]

/** Whether any column is present; asked several times a bundle, so each is named. */
export function carries({ids, timestamps, windows, panes, leases}: Columns): boolean {
  return Boolean(ids || timestamps || windows || panes || leases)
}
