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
export type SortKey = boolean | number | bigint | string | Ordered | undefined

/** A value that is neither a scalar nor a number: a Date by its time, bytes and everything with parts by their text. */
interface Ordered {
  readonly rank: number
  readonly by: number | string
}

const RANKS = {boolean: 0, number: 1, bigint: 1, date: 2, string: 3, bytes: 4, other: 5}

/** The keys of a record, in the order of the fields. */
export function sortKeys(fields: readonly SortField[], record: Readonly<Record<string, unknown>>): SortKey[] {
  return fields.map(({name, numbers}) => {
    const value = Object.hasOwn(record, name) ? record[name] : undefined
    if (typeof value !== 'string') return sortKey(value)
    if (!numbers) return value
    return value.trim() === '' ? undefined : sortNumber(value)
  })
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

/** Compares keys of two records by the fields in turn. */
export function compareKeys(fields: readonly SortField[], a: readonly SortKey[], b: readonly SortKey[]): number {
  for (let i = 0; i < fields.length; i++) {
    const [x, y] = [a[i], b[i]]
    if (x === undefined || y === undefined) {
      if (x === y) continue
      return x === undefined ? 1 : -1
    }
    const order = compare(x, y)
    if (order !== 0) return fields[i]!.descending ? -order : order
  }
  return 0
}

function compare(a: NonNullable<SortKey>, b: NonNullable<SortKey>): number {
  const [first, second] = [rankOf(a), rankOf(b)]
  if (first !== second) return first - second
  const [x, y] = [byOf(a), byOf(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

function rankOf(key: NonNullable<SortKey>): number {
  return typeof key === 'object' ? key.rank : RANKS[typeof key as keyof typeof RANKS]
}

function byOf(key: NonNullable<SortKey>): boolean | number | bigint | string {
  return typeof key === 'object' ? key.by : key
}
