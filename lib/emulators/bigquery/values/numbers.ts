const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/** The value of INT64 text, or `undefined`. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,30}$/.test(text)) return undefined
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined
}

/** The value of FLOAT64 text (`1.5`, `-1e9`, `NaN`, `Infinity`, `-inf`), or `undefined`. */
export function parseFloat64(text: string): number | undefined {
  const name = /^([+-]?)(nan|inf|infinity)$/i.exec(text)
  if (name) {
    if (/nan/i.test(name[2] ?? '')) return Number.NaN
    return name[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  return /\d/.test(text) && DECIMAL.test(text) ? Number(text) : undefined
}

/** A decimal number times 10^`scale`, or `undefined` for text with more decimals, or that is not a number. */
export function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = DECIMAL.exec(text)
  if (!match || !/\d/.test(text)) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (exponent.length > 4) return undefined
  const digits = (whole + fraction).replace(/^0+/, '')
  const shift = scale - fraction.length + Number(exponent)
  if (digits === '') return 0n
  if (digits.length + shift > 100) return undefined
  if (shift < 0) {
    const kept = digits.slice(0, shift)
    if (/[^0]/.test(digits.slice(shift))) return undefined
    return signed(sign, kept === '' ? 0n : BigInt(kept))
  }
  return signed(sign, BigInt(digits + '0'.repeat(shift)))
}

/** Not by /0+$/, which is quadratic in zeros that are not at the end. */
export function withoutEndZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--
  return digits.slice(0, end)
}

/** A scaled integer as plain decimal text without trailing zeros. */
export function decimalText(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = withoutEndZeros(digits.slice(digits.length - scale))
  return `${value < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`
}

/**
 * A JSON number as BigQuery's servers print it: the shorter of 15 or 17 significant digits that reads back the same.
 * 1255139.628052805 becomes 1255139.6280528051, which is why such a number is refused for NUMERIC.
 */
export function serverNumber(value: number): string {
  if (Number.isSafeInteger(value)) return String(value)
  const short = value.toPrecision(15)
  const text = Number(short) === value ? short : value.toPrecision(17)
  const [mantissa = '', exponent] = text.split('e')
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  return exponent === undefined ? trimmed : `${trimmed}e${exponent}`
}

/** FLOAT64 as the REST API prints it. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (Object.is(value, -0)) return '-0.0'
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value)
}

function signed(sign: string | undefined, value: bigint): bigint {
  return sign === '-' ? -value : value
}
