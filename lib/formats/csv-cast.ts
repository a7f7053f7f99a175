import {badOption, messageOf} from '../errors/index.ts'
import {givesBack, int64, isBigInteger} from './exact-number.ts'
import {jsonField} from './json-field.ts'
import {jsonValue} from './json-value.ts'

/** Where the field that is cast stands. */
export interface CsvCastContext {
  readonly file: string
  readonly column: string
  /** Position of the column, from 0. */
  readonly index: number
}

/** Makes a value of a field's text; what it throws makes the record a bad one. */
export type CsvCastFunction = (text: string, context: CsvCastContext) => unknown

const NAMED = {string, number, integer, boolean, json}

/** Casts by name: see {@link CsvCast}. */
export type CsvCastName = keyof typeof NAMED

/** By column, for all columns, or `true`: see `cast` in `CsvOptions`. */
export type CsvCast = true | CsvCastFunction | {readonly [column: string]: CsvCastName | CsvCastFunction}

const ALLOWED = `true, a function, or an object of column names with a function or one of ${Object.keys(NAMED)
  .map(name => `'${name}'`)
  .join(', ')} each`

/** Checks the `cast` option. */
export function checkCast(where: string, cast: unknown): CsvCast | undefined {
  if (cast === undefined || cast === false) return undefined
  if (cast === true || typeof cast === 'function') return cast as CsvCast
  const isObject = typeof cast === 'object' && cast !== null && !Array.isArray(cast)
  const known = (value: unknown) =>
    typeof value === 'function' || (typeof value === 'string' && Object.hasOwn(NAMED, value))
  if (!isObject || !Object.values(cast).every(known)) throw badOption(where, 'cast', cast, ALLOWED)
  return cast as CsvCast
}

/** The function that casts `column`, or undefined when its text stays as it is. */
export function castOf(cast: CsvCast | undefined, column: string): CsvCastFunction | undefined {
  if (cast === undefined) return undefined
  if (cast === true) return automatic
  if (typeof cast === 'function') return cast
  const given = Object.hasOwn(cast, column) ? cast[column] : undefined
  if (typeof given === 'function' || given === undefined) return given
  return given === 'string' ? undefined : NAMED[given]
}

function string(text: string): unknown {
  return text
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function number(text: string): unknown {
  if (text === '') return null
  const trimmed = text.trim()
  // Number() alone would also take '', '0x10' and 'Infinity'.
  const value = DECIMAL.test(trimmed) ? Number(trimmed) : Number.NaN
  if (!Number.isFinite(value)) throw new Error(`${JSON.stringify(text)} is not a number`)
  return value
}

function integer(text: string): unknown {
  if (text === '') return null
  const trimmed = text.trim()
  const value = int64(trimmed)
  if (value !== undefined) return value
  const what = /^[+-]?\d+$/.test(trimmed) ? 'is beyond the integers of 64 bits' : 'is not an integer'
  throw new Error(`${JSON.stringify(text)} ${what}`)
}

function boolean(text: string): unknown {
  const word = text.trim().toLowerCase()
  if (word === '') return null
  if (word === 'true' || word === 't' || word === 'yes' || word === '1') return true
  if (word === 'false' || word === 'f' || word === 'no' || word === '0') return false
  throw new Error(`${JSON.stringify(text)} is not a boolean`)
}

function json(text: string): unknown {
  if (text === '') return null
  try {
    return jsonField(jsonValue(text))
  } catch (error) {
    throw new Error(`${JSON.stringify(text)} is not JSON: ${messageOf(error)}`)
  }
}

const CANONICAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** `cast: true`: numbers as JSON writes them that print back the same value; others keep their zeros and digits. */
function automatic(text: string): unknown {
  const first = text.charCodeAt(0)
  if (first > 57 || (first < 48 && first !== 45) || !CANONICAL.test(text)) return text
  return isBigInteger(text) || !givesBack(text) ? text : Number(text)
}
