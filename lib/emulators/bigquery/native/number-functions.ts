import {parseFloat64, parseInt64} from '../values/numbers.ts'
import type {Native} from './define.ts'

/** Digits of a double as `%.15g` or, if those do not read back, `%.17g` prints them. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return '0'
  const precision = Number(value.toPrecision(15)) === value ? 15 : 17
  return general(value, precision)
}

/** `%g`. */
export function general(value: number, precision: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa = '', exponent = '0'] = value.toExponential(Math.max(precision, 1) - 1).split('e')
  const power = Number(exponent)
  const trim = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
  if (power < -4 || power >= precision)
    return `${trim(mantissa)}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  return trim(value.toFixed(Math.max(precision - 1 - power, 0)))
}

/** Rounds by decimal digits, half away from zero, or cuts them off. */
function roundFloat(value: number, digits: bigint, truncate = false): number {
  if (!Number.isFinite(value) || digits > 100n) return value
  if (digits < -308n) return 0
  const absolute = Math.abs(value)
  if (digits < 0n) {
    const factor = 10 ** Number(-digits)
    return Math.sign(value) * (truncate ? Math.floor(absolute / factor) : Math.round(absolute / factor)) * factor
  }
  // toFixed looks at the exact value of the double.
  const rounded = absolute >= 1e21 ? absolute : Number(absolute.toFixed(Number(digits)))
  const down =
    truncate && rounded > absolute ? Number((rounded - 10 ** -Number(digits)).toFixed(Number(digits))) : rounded
  return Math.sign(value) * down
}

export const NUMBER_FUNCTIONS: readonly Native[] = [
  {
    name: 'bq_to_int64',
    takes: ['text'],
    gives: 'int',
    call(text: string) {
      const trimmed = text.trim()
      const hex = /^([+-]?)(0x[0-9a-f]+)$/i.exec(trimmed)
      const value = parseInt64(hex ? `${hex[1]}${BigInt(hex[2] as string)}` : trimmed)
      if (value === undefined) throw new Error(`Bad int64 value: ${text}`)
      return value
    },
  },
  {
    name: 'bq_to_float64',
    takes: ['text'],
    gives: 'float',
    call(text: string) {
      const value = parseFloat64(text.trim())
      if (value === undefined || (!Number.isFinite(value) && /\d/.test(text)))
        throw new Error(`Bad double value: ${text}`)
      return value
    },
  },
  {
    name: 'bq_to_bool',
    takes: ['text'],
    gives: 'bool',
    call(text: string) {
      const lower = text.trim().toLowerCase()
      if (lower !== 'true' && lower !== 'false') throw new Error(`Bad bool value: ${text}`)
      return lower === 'true'
    },
  },
  {name: 'bq_float_text', takes: ['float'], gives: 'text', call: floatText},
  // FORMAT's %t always shows that a number is a floating point number.
  {
    name: 'bq_float_shown',
    takes: ['float'],
    gives: 'text',
    call: (value: number) => floatText(value).replace(/^-?\d+$/, '$&.0'),
  },
  {
    name: 'bq_decimal_text',
    takes: ['text'],
    gives: 'text',
    call: (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text),
  },
  {
    name: 'bq_round_float',
    takes: ['float', 'int'],
    gives: 'float',
    call: (value: number, digits: bigint) => roundFloat(value, digits),
  },
  {
    name: 'bq_trunc_float',
    takes: ['float', 'int'],
    gives: 'float',
    call: (value: number, digits: bigint) => roundFloat(value, digits, true),
  },
  {
    name: 'bq_log',
    takes: ['float', 'float'],
    gives: 'float',
    call(value: number, base: number) {
      if (value <= 0 || base <= 0 || base === 1) throw new Error('Argument to LOG is out of its domain')
      return base === 10 ? Math.log10(value) : base === 2 ? Math.log2(value) : Math.log(value) / Math.log(base)
    },
  },
  {
    // The second argument is 0 when all that went into the first one was finite, else NaN.
    name: 'bq_finite',
    takes: ['float', 'float'],
    gives: 'float',
    call(value: number, inputs: number) {
      if (!Number.isFinite(value) && inputs === 0) throw new Error('Floating point overflow')
      return value
    },
  },
  {
    name: 'bq_finite_or_null',
    takes: ['float', 'float'],
    gives: 'float',
    call: (value: number, inputs: number) => (Number.isFinite(value) || inputs !== 0 ? value : null),
  },
  {
    name: 'bq_divisor',
    takes: ['float'],
    gives: 'float',
    call(value: number) {
      if (value === 0) throw new Error('division by zero')
      return value
    },
  },
  {
    name: 'bq_shift',
    takes: ['int', 'int', 'bool'],
    gives: 'int',
    call(value: bigint, by: bigint, left: boolean) {
      if (by < 0n) throw new Error('Bitwise shift by a negative number')
      if (by >= 64n) return 0n
      return left ? BigInt.asIntN(64, value << by) : BigInt.asIntN(64, BigInt.asUintN(64, value) >> by)
    },
  },
]
