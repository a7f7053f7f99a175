import {jsonLineFor, NotJson} from '../../../formats/index.ts'
import {quote, textOf} from './encode-text.ts'
import {type Encode, Unencodable} from './unencodable.ts'

/** Integers that BigQuery's JSON keeps; it would round others: https://cloud.google.com/bigquery/docs/json-data */
const MIN = -(2n ** 63n)
const MAX = 2n ** 64n - 1n
/** The escape of half a surrogate pair, which `JSON.stringify` makes of nothing else. */
const HALF_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

/** A JSON column takes JSON text. Text is taken for such; anything else is written as JSON, or refused. */
export const encodeJson: Encode = value => {
  if (typeof value === 'string') return quote(value)
  try {
    const text = jsonLineFor(value, tooLarge)
    if (HALF_PAIR.test(text))
      return new Unencodable('the value has text with half a surrogate pair, which is not Unicode')
    return quote(text)
  } catch (error) {
    if (error instanceof NotJson) return new Unencodable(`the value ${error.problem}`, error.path)
    throw error
  }
}

function tooLarge(value: bigint): string | undefined {
  return value >= MIN && value <= MAX ? undefined : `is ${value}, which JSON columns do not hold exactly; give a string`
}

/** GeoJSON objects go as their text, like WKT. */
export const encodeGeography: Encode = value =>
  encodeJson((typeof value === 'object' && value !== null ? textOf(value) : undefined) ?? value)
