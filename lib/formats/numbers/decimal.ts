/** A decimal number: `digits` × 10^`exponent`, without zeros at either end of the digits. */
interface Decimal {
  readonly negative: boolean
  readonly digits: string
  readonly exponent: number
}

/** The value of a number in the notation of JSON or JavaScript. */
export function decimalOf(text: string): Decimal {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  let end = digits.length
  // not with a regular expression: /0+$/ is quadratic in zeros that are not at the end
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--
  const zero = end === 0
  return {
    negative: sign === '-',
    digits: digits.slice(0, end),
    exponent: zero ? 0 : Number(exponent) - fraction.length + digits.length - end,
  }
}

/** True for the same value with the same sign. */
export function isSameDecimal(a: Decimal, b: Decimal): boolean {
  return a.negative === b.negative && a.digits === b.digits && a.exponent === b.exponent
}
