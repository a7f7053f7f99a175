import {jsonLineFor, NotJson} from '../../../formats/index.ts'
import {quote, textOf} from './encode-text.ts'
import {type Encode, Unencodable} from './unencodable.ts'

/** The integers that a JSON column holds exactly: https://cloud.google.com/bigquery/docs/json-data */
const MIN = -(2n ** 63n)
const MAX = 2n ** 64n - 1n
/** The escape that `JSON.stringify` writes for half a surrogate pair, and for nothing else. */
const HALF_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

/** Encodes a JSON column: a string is JSON text already, anything else is written as JSON or refused. */
export const encodeJson: Encode = value => {
  if (typeof value === 'string') return quote(value)
  try {
    const text = jsonLineFor(value, tooLarge)
    if (HALF_PAIR.test(text))
      return new Unencodable('the value contains half a surrogate pair, which is not valid Unicode')
    return quote(text)
  } catch (error) {
    if (error instanceof NotJson) return new Unencodable(`the value ${error.problem}`, error.path)
    throw error
  }
}

function tooLarge(value: bigint): string | undefined {
  return value >= MIN && value <= MAX ? undefined : `is ${value}, which JSON columns do not hold exactly; give a string`
}

/** Encodes a geography: WKT, or GeoJSON as text or object. */
export const encodeGeography: Encode = value =>
  encodeJson((typeof value === 'object' && value !== null ? textOf(value) : undefined) ?? value)
