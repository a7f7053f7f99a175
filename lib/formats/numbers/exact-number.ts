import {decimalOf, isSameDecimal} from './decimal.ts'

/**
 * How numbers of JSON are read. `'exact'`: integers beyond ±(2^53 - 1) become BigInts, and a number that would be rounded is
 * refused. `'text'`: what a number cannot hold becomes a string of its digits as they were read. `'double'`: what
 * `JSON.parse` makes of them.
 */
export type JsonNumbers = 'exact' | 'text' | 'double'

export const JSON_NUMBERS = ['exact', 'text', 'double'] as const

/** Digits of a BigInt at most: making one takes quadratic time. BigQuery's largest type has 77. */
const MAX_BIGINT_DIGITS = 10_000

/**
 * A number as text that has its exact value. Integers beyond 2^53 print with zeros for their last digits, of which who reads
 * them as integers would make another one.
 */
export function numberText(value: number): string {
  const skipped = Math.abs(value) >= 2 ** 53 && Math.abs(value) < 1e21
  return skipped ? String(BigInt(value)) : String(value)
}

/** True when the number that a decimal literal becomes prints the same value again, whatever the notation. */
export function givesBack(literal: string): boolean {
  const value = Number(literal)
  const printed = String(value)
  if (printed === literal) return true
  if (!Number.isFinite(value)) return false
  return isSameDecimal(decimalOf(literal), decimalOf(Object.is(value, -0) ? '-0' : printed))
}

/** True for an integer without exponent or point that is beyond ±(2^53 - 1), where numbers skip integers. */
export function isBigInteger(literal: string): boolean {
  return literal.length > 15 && /^[+-]?\d+$/.test(literal) && !Number.isSafeInteger(Number(literal))
}

/**
 * The value of a number's literal.
 *
 * @throws {TypeError} for `'exact'`, when no value holds it: the message tells the literal, what is wrong, and the way out.
 */
export function exactNumber(literal: string, numbers: 'exact' | 'text'): number | bigint | string {
  const big = isBigInteger(literal)
  if (!big && givesBack(literal)) return Number(literal)
  if (numbers === 'text') return literal
  if (big && literal.length <= MAX_BIGINT_DIGITS) return BigInt(literal)
  const value = Number(literal)
  const what = big
    ? `has ${literal.length} digits, more than the ${MAX_BIGINT_DIGITS} of which a BigInt is made`
    : Number.isFinite(value)
      ? `would become ${value} as a number`
      : 'is too large for a number'
  const shown = literal.length > 60 ? `${literal.slice(0, 59)}…` : literal
  throw new TypeError(`${shown} ${what}. Set \`numbers: 'text'\` to get its digits, or 'double' to have it rounded`)
}

/** An integer of 64 bits: a number, or a BigInt beyond ±(2^53 - 1); undefined for any other text. */
export function int64(text: string): number | bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  if (!(Math.abs(value) <= 2 ** 63)) return undefined
  const big = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, big) === big ? big : undefined
}
