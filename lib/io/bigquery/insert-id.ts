import {createHash, randomBytes} from 'node:crypto'
import type {Bundle, Ids} from '../../core/index.ts'
import {messageOf, SluiceError} from '../../errors/index.ts'
import {type Unencodable, unfit} from './unencodable.ts'

/** BigQuery's limit for an insertId. */
const MAX_LENGTH = 128

/**
 * Where a row's insertId comes from: `undefined` makes it of the input's ids (random where the input has none),
 * a function of the row gives it, `false` sends none.
 */
export type InsertIdOption<Row> = ((row: Row) => string) | false | undefined

/** Gives value `i` of a bundle its insertId; called once for each row, before its first try. */
export type InsertIds<Row> = (bundle: Bundle<Row>, i: number) => string | undefined | Unencodable

/** 128 bits in 22 characters that JSON need not escape. */
export function hash128(...parts: string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:${part}`)
  return hash.digest().subarray(0, 16).toString('base64url')
}

/**
 * Makes the ids for one sink. `sink` (its name, or its order of construction) goes into the hash, so that two sinks
 * on one table never take each other's rows for duplicates; a re-run over the same input makes the same ids.
 */
export function insertIds<Row>(stage: () => string, sink: () => string, option: InsertIdOption<Row>): InsertIds<Row> {
  if (option === false) return () => undefined
  if (option) return (bundle, i) => fromUser(stage(), option, bundle.values[i]!)
  let hashed: {prefix: string; hash: string} | undefined
  let run: string | undefined
  let count = 0
  return ({ids}, i) => {
    if (!ids) {
      run ??= randomBytes(16).toString('base64url')
      return `${run}.${count++}`
    }
    // A prefix lasts for a whole file: one hash, not one a row
    if (hashed?.prefix !== ids.prefix) hashed = {prefix: ids.prefix, hash: hash128(ids.prefix, sink())}
    return withinLimit(hashed.hash, ids, i)
  }
}

function withinLimit(hash: string, ids: Ids, i: number): string {
  const id = `${hash}.${ids.at(i)}`
  return id.length <= MAX_LENGTH && isAscii(id) ? id : `${hash}.${hash128(ids.at(i))}`
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

function fromUser<Row>(stage: string, option: (row: Row) => string, row: Row): string | Unencodable {
  let id: unknown
  try {
    id = option(row)
  } catch (error) {
    throw new SluiceError('ERR_SLUICE_SINK', `${stage}: insertId() threw: ${messageOf(error)}`, {
      stage,
      element: row,
      cause: error,
    })
  }
  if (typeof id === 'number' || typeof id === 'bigint') id = String(id)
  if (typeof id !== 'string' || id === '') return unfit(id, 'an insertId; insertId() must return a non-empty string')
  return id.length <= MAX_LENGTH ? id : hash128(id)
}
