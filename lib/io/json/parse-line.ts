import {messageOf} from '../../errors/index.ts'

/** A line as a value, or what is wrong with it. */
export type ParsedLine = {value: unknown; error?: undefined} | {error: string}

/** Parses one line of JSON. `null` is no value: a stream in object mode ends with it. */
export function parseLine(text: string): ParsedLine {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null) return {error: 'null is no element: a stream cannot carry it'}
    return {value}
  } catch (error) {
    return {error: `the line is no JSON: ${messageOf(error)}`}
  }
}
