import {createHash, randomBytes} from 'node:crypto'
import type {Bundle, Ids} from '../core/index.ts'

/** Longest id: BigQuery's limit for an insertId. */
export const STABLE_ID_LENGTH = 128

/** The id of value `i` of a bundle; called once for each row, before the first try. */
export type StableIds = (bundle: Bundle<unknown>, i: number) => string

/** A hash of 128 bits, in 22 characters that JSON does not escape. */
export function hash128(...parts: string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:${part}`)
  return hash.digest().subarray(0, 16).toString('base64url')
}

/**
 * Derives the ids of one sink's rows from the ids of the input; random ids for input without any. `sink` (its name, or its
 * order of construction) is part of the hash, so that two sinks with one target never take each other's rows for
 * duplicates. A re-run over the same input makes the same ids.
 */
export function stableIds(sink: () => string): StableIds {
  let hashed: {prefix: string; hash: string} | undefined
  let run: string | undefined
  let count = 0
  return ({ids}, i) => {
    if (!ids) {
      run ??= randomBytes(16).toString('base64url')
      return `${run}.${count++}`
    }
    // one hash for all rows of a file, which share the prefix
    if (hashed?.prefix !== ids.prefix) hashed = {prefix: ids.prefix, hash: hash128(ids.prefix, sink())}
    return withinLimit(hashed.hash, ids, i)
  }
}

function withinLimit(hash: string, ids: Ids, i: number): string {
  const id = `${hash}.${ids.at(i)}`
  return id.length <= STABLE_ID_LENGTH && isAscii(id) ? id : `${hash}.${hash128(ids.at(i))}`
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}
