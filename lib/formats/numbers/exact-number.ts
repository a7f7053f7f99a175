import {decimalOf, isSameDecimal} from './decimal.ts'

/**
 * How numbers in JSON are read. `'exact'`: integers beyond ±(2^53 - 1) become BigInts, and a number that would be rounded
 * is refused. `'text'`: a number that a double cannot represent exactly becomes a string of its digits as read. `'double'`:
 * as `JSON.parse` reads them.
 */
export type JsonNumbers = 'exact' | 'text' | 'double'

export const JSON_NUMBERS = ['exact', 'text', 'double'] as const

/** The most digits of a BigInt: creating one takes quadratic time. BigQuery's largest type has 77. */
const MAX_BIGINT_DIGITS = 10_000

/**
 * A number as text with its exact value. Integers beyond 2^53 print with zeros for their last digits, which would be read
 * back as another integer.
 */
export function numberText(value: number): string {
  const skipped = Math.abs(value) >= 2 ** 53 && Math.abs(value) < 1e21
  return skipped ? String(BigInt(value)) : String(value)
}

/** True if the number that a decimal literal becomes prints as the same value, whatever the notation. */
export function givesBack(literal: string): boolean {
  const value = Number(literal)
  const printed = String(value)
  if (printed === literal) return true
  if (!Number.isFinite(value)) return false
  return isSameDecimal(decimalOf(literal), decimalOf(Object.is(value, -0) ? '-0' : printed))
}

/** True for an integer without exponent or point beyond ±(2^53 - 1), where doubles skip integers. */
export function isBigInteger(literal: string): boolean {
  return literal.length > 15 && /^[+-]?\d+$/.test(literal) && !Number.isSafeInteger(Number(literal))
}

/**
 * The value of a number literal.
 *
 * @throws {TypeError} for `'exact'`, if no value represents it: the message has the literal, the problem and the fix.
 */
export function exactNumber(literal: string, numbers: 'exact' | 'text'): number | bigint | string {
  const big = isBigInteger(literal)
  if (!big && givesBack(literal)) return Number(literal)
  if (numbers === 'text') return literal
  if (big && literal.length <= MAX_BIGINT_DIGITS) return BigInt(literal)
  const value = Number(literal)
  const what = big
    ? `has ${literal.length} digits, more than the ${MAX_BIGINT_DIGITS} allowed in a BigInt`
    : Number.isFinite(value)
      ? `would become ${value} as a number`
      : 'is too large for a number'
  const shown = literal.length > 60 ? `${literal.slice(0, 59)}…` : literal
  throw new TypeError(`${shown} ${what}. Set \`numbers: 'text'\` to get its digits, or 'double' to have it rounded`)
}

/** A 64-bit integer: a number, or a BigInt beyond ±(2^53 - 1); undefined for any other text. */
export function int64(text: string): number | bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  if (!(Math.abs(value) <= 2 ** 63)) return undefined
  const big = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, big) === big ? big : undefined
}
