import {types} from 'node:util'
import {jsonLine} from '../../formats/index.ts'
import {sortNumber} from './sort-number.ts'

/** A field to sort by. */
export interface SortField {
  readonly name: string
  readonly descending: boolean
  /** True if text in it that is a number counts as one. */
  readonly numbers: boolean
}

/** What of a field is compared; undefined for null, which comes last in either direction. */
type SortKey = boolean | number | bigint | string | Ordered | undefined

/** A value that is neither a scalar nor a number: a Date by its time, bytes and everything with parts by their text. */
interface Ordered {
  readonly rank: number
  readonly by: number | string
}

const RANKS = {boolean: 0, number: 1, bigint: 1, date: 2, string: 3, bytes: 4, other: 5}

/** The key of a record, or of several fields an array of keys. */
export type RecordKey = SortKey | readonly SortKey[]

/** How records are ordered by fields. */
export class SortOrder {
  readonly #fields: readonly SortField[]
  /** Compares the keys of two records. */
  readonly compare: (a: RecordKey, b: RecordKey) => number

  constructor(fields: readonly SortField[]) {
    this.#fields = fields
    const {descending} = fields[0]!
    const one = (a: RecordKey, b: RecordKey) => compareOne(a as SortKey, b as SortKey, descending)
    const several = (a: RecordKey, b: RecordKey) => compareAll(fields, a as SortKey[], b as SortKey[])
    this.compare = fields.length === 1 ? one : several
  }

  keyOf(record: Readonly<Record<string, unknown>>): RecordKey {
    const fields = this.#fields
    return fields.length === 1 ? fieldKey(fields[0]!, record) : fields.map(field => fieldKey(field, record))
  }
}

function fieldKey({name, numbers}: SortField, record: Readonly<Record<string, unknown>>): SortKey {
  const value = Object.hasOwn(record, name) ? record[name] : undefined
  if (typeof value !== 'string') return sortKey(value)
  if (!numbers) return value
  return value.trim() === '' ? undefined : sortNumber(value)
}

function sortKey(value: unknown): SortKey {
  if (value === null) return undefined
  switch (typeof value) {
    case 'number':
      return Number.isNaN(value) ? undefined : value
    case 'boolean':
    case 'bigint':
    case 'string':
    case 'undefined':
      return value
    default:
      return orderedOf(value as object)
  }
}

function orderedOf(value: object): SortKey {
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? undefined : {rank: RANKS.date, by: value.getTime()}
  if (types.isUint8Array(value)) return {rank: RANKS.bytes, by: Buffer.from(value).toString('latin1')}
  // a JSON string that --cast has made
  if (value instanceof String) return String(value)
  return {rank: RANKS.other, by: jsonLine(value)}
}

function compareAll(fields: readonly SortField[], a: readonly SortKey[], b: readonly SortKey[]): number {
  for (let i = 0; i < fields.length; i++) {
    const order = compareOne(a[i], b[i], fields[i]!.descending)
    if (order !== 0) return order
  }
  return 0
}

/**
 * The direction of a field is that of values of one kind: numbers come before text, and null last, in either.
 */
function compareOne(a: SortKey, b: SortKey, descending: boolean): number {
  // small, and the two cases that count first: this runs twenty times for each record
  if (typeof a === 'number' && typeof b === 'number') return inOrder(a, b, descending)
  if (typeof a === 'string' && typeof b === 'string') return inOrder(a, b, descending)
  return compareMixed(a, b, descending)
}

function compareMixed(a: SortKey, b: SortKey, descending: boolean): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1
  const [first, second] = [rankOf(a), rankOf(b)]
  return first === second ? inOrder(byOf(a), byOf(b), descending) : first - second
}

function inOrder<T extends boolean | number | bigint | string>(a: T, b: T, descending: boolean): number {
  if (a < b) return descending ? 1 : -1
  if (a > b) return descending ? -1 : 1
  return 0
}

function rankOf(key: NonNullable<SortKey>): number {
  return typeof key === 'object' ? key.rank : RANKS[typeof key as keyof typeof RANKS]
}

function byOf(key: NonNullable<SortKey>): boolean | number | bigint | string {
  return typeof key === 'object' ? key.by : key
}
