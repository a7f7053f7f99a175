import {messageOf} from '../../errors/index.ts'
import {InexactNumber, type JsonNumbers, jsonValue} from '../../formats/index.ts'

/** The value of a line or array element, or what is wrong with it. */
type ParsedText = {value: unknown; error?: undefined} | {error: string}

/** Parses one line or array element of JSON. `null` is refused: in object mode it would end the stream. */
export function parseText(text: string, what: 'line' | 'element', numbers: JsonNumbers): ParsedText {
  try {
    const value = jsonValue(text, numbers)
    if (value === null) return {error: 'null cannot be an element: a stream cannot carry it'}
    return {value}
  } catch (error) {
    if (text === '') return {error: 'an element is missing before this comma or bracket'}
    if (error instanceof InexactNumber) return {error: error.message}
    return {error: `the ${what} is not JSON: ${messageOf(error)}`}
  }
}
