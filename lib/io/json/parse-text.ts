import {messageOf} from '../../errors/index.ts'
import {InexactNumber, type JsonNumbers, jsonValue} from '../../formats/index.ts'

/** A line, or an element of an array, as a value, or what is wrong with it. */
type ParsedText = {value: unknown; error?: undefined} | {error: string}

/** Parses one line or element of JSON. `null` is no value: a stream in object mode ends with it. */
export function parseText(text: string, what: 'line' | 'element', numbers: JsonNumbers): ParsedText {
  try {
    const value = jsonValue(text, numbers)
    if (value === null) return {error: 'null is no element: a stream cannot carry it'}
    return {value}
  } catch (error) {
    if (text === '') return {error: 'there is no element where this comma or bracket stands'}
    if (error instanceof InexactNumber) return {error: error.message}
    return {error: `the ${what} is no JSON: ${messageOf(error)}`}
  }
}
