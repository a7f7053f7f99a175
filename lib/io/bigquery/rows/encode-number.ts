import {int64, numberText} from '../../../formats/index.ts'
import {quote, textOf} from './encode-text.ts'
import {type Encode, type Unencodable, unfit} from './unencodable.ts'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/** Encodes an INTEGER; beyond 2^53 as text, since JSON readers on the way may read numbers as doubles. */
export const encodeInteger: Encode = value => {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return String(value)
    return Number.isInteger(value) ? encodeBigInt(BigInt(value)) : unfit(value, 'an integer')
  }
  if (typeof value === 'bigint') return encodeBigInt(value)
  const text = textForm(value)
  if (text === undefined || !/^\s*[+-]?\d+\s*$/.test(text)) return unfit(value, "an integer; give digits, such as '42'")
  return int64(text.trim()) === undefined ? unfit(value, 'an integer of 64 bits') : quote(text)
}

function encodeBigInt(value: bigint): string | Unencodable {
  return value >= INT64_MIN && value <= INT64_MAX ? `"${value}"` : unfit(value, 'an integer of 64 bits')
}

/** Encodes a FLOAT; NaN and the infinities as text, since JSON has no form for them (googleapis/python-bigquery#696). */
export const encodeFloat: Encode = value => {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`
  if (typeof value === 'bigint') return `"${value}"`
  return encodeNumberText(value, 'a number')
}

/** Encodes a NUMERIC or BIGNUMERIC as text, so that no reader on the way rounds it. */
export const encodeNumeric: Encode = value => {
  if (typeof value === 'number')
    return Number.isFinite(value) ? `"${numberText(value)}"` : unfit(value, 'a decimal number')
  if (typeof value === 'bigint') return `"${value}"`
  return encodeNumberText(value, 'a decimal number')
}

/** The text of a number: of strings, the client's classes, boxed numbers, big.js, bignumber.js, decimal.js and the like. */
function textForm(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'object' && value !== null ? (textOf(value) ?? plainDecimal(value)) : undefined
}

function encodeNumberText(value: unknown, wanted: string): string | Unencodable {
  const text = textForm(value)
  if (text === undefined || text.trim() === '') return unfit(value, wanted)
  return typeof value === 'string' || /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text) ? quote(text) : unfit(value, wanted)
}

/** Each of these libraries writes the exact number without an exponent for `toFixed()` without an argument. */
function plainDecimal(value: object): string | undefined {
  if (value instanceof Number || value instanceof BigInt) return String(value)
  const {toFixed} = value as {toFixed?: unknown}
  return typeof toFixed === 'function' ? String(toFixed.call(value)) : undefined
}

export const encodeBoolean: Encode = value => {
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  return typeof value === 'string' && value.trim() !== '' ? quote(value) : unfit(value, 'true or false')
}
