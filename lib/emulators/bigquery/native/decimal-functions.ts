import {decimalText, parseDecimal} from '../values/numbers.ts'
import type {Native} from './define.ts'
import {floatText} from './number-functions.ts'

const LIMIT = 10n ** 38n

function bounded(value: bigint, kind: string, why = `${kind} overflow`): bigint {
  if (value < LIMIT && value > -LIMIT) return value
  throw new Error(kind === 'BIGNUMERIC' ? `local emulator: BIGNUMERIC has 20 digits before the point here` : why)
}

/** Divides with the half rounded away from zero. */
function divide(a: bigint, b: bigint): bigint {
  const negative = a < 0n !== b < 0n
  const [n, d] = [a < 0n ? -a : a, b < 0n ? -b : b]
  const quotient = (2n * n + d) / (2n * d)
  return negative ? -quotient : quotient
}

/** Rounds text of digits to a scale. */
function parseRounded(text: string, scale: number): bigint | undefined {
  const exact = parseDecimal(text, scale)
  if (exact !== undefined) return exact
  const longer = parseDecimal(text, 60)
  return longer === undefined ? undefined : divide(longer, 10n ** BigInt(60 - scale))
}

/** The exact value of a double, rounded to a scale. */
function floatDecimal(value: number, scale: number, kind: string): bigint {
  if (!Number.isFinite(value)) throw new Error(`Illegal conversion of non-finite floating point number to ${kind}`)
  if (Math.abs(value) >= 1e29) throw new Error(`${kind} out of range: ${floatText(value)}`)
  const text = Math.abs(value) >= 1e21 ? String(BigInt(value)) : value.toFixed(Math.min(scale, 100))
  return bounded(parseDecimal(text, scale) as bigint, kind)
}

function roundDecimal(value: bigint, digits: bigint, scale: number, truncate: boolean): bigint {
  const drop = BigInt(scale) - digits
  if (drop <= 0n) return value
  if (drop > 60n) return 0n
  const unit = 10n ** drop
  return (truncate ? value / unit : divide(value, unit)) * unit
}

interface Decimal {
  readonly kind: 'NUMERIC' | 'BIGNUMERIC'
  readonly type: 'numeric' | 'bignumeric'
  readonly scale: number
}

function arithmetic({kind, type, scale}: Decimal): Native[] {
  const one = 10n ** BigInt(scale)
  const binary = (name: string, call: (a: bigint, b: bigint) => bigint): Native => ({
    name: `bq_${name}_${kind}`,
    takes: [type, type],
    gives: type,
    call,
  })
  const quotient = (a: bigint, b: bigint) => {
    // BIGNUMERIC has 38 decimals in production: a result that needs more than 18 would differ.
    if (kind === 'BIGNUMERIC' && a % b !== 0n)
      throw new Error('local emulator: the BIGNUMERIC result has more than 18 digits behind the point')
    return bounded(divide(a, b), kind)
  }
  return [
    binary('mul', (a, b) => quotient(a * b, one)),
    binary('div', (a, b) => {
      if (b === 0n) throw new Error(`division by zero: ${decimalText(a, scale)} / 0`)
      return quotient(a * one, b)
    }),
    binary('mod', (a, b) => {
      if (b === 0n) throw new Error(`division by zero: MOD(${decimalText(a, scale)}, 0)`)
      return a % b
    }),
  ]
}

function rounding({kind, type, scale}: Decimal): Native[] {
  return [
    {
      name: `bq_round_${kind}`,
      takes: [type, 'int', 'bool'],
      gives: type,
      call: (v: bigint, digits: bigint, truncate: boolean) => bounded(roundDecimal(v, digits, scale, truncate), kind),
    },
    {
      name: `bq_fit_${kind}`,
      takes: [type, 'int', 'int'],
      gives: type,
      call(value: bigint, precision: bigint, digits: bigint) {
        const rounded = roundDecimal(value, digits, scale, false)
        const limit = 10n ** (precision - digits + BigInt(scale))
        if (rounded >= limit || rounded <= -limit)
          throw new Error(
            `${kind}(${precision}, ${digits}) has precision ${precision} and scale ${digits} but got a value that is not in range: ${decimalText(value, scale)}`,
          )
        return rounded
      },
    },
  ]
}

function conversions({kind, type, scale}: Decimal): Native[] {
  return [
    {
      name: `bq_to_${kind.toLowerCase()}`,
      takes: ['text'],
      gives: type,
      call(text: string) {
        const value = parseRounded(text.trim(), scale)
        if (value === undefined) throw new Error(`Invalid ${kind} value: ${text}`)
        if (kind === 'BIGNUMERIC' && parseDecimal(text.trim(), scale) === undefined)
          throw new Error(`local emulator: BIGNUMERIC has 18 digits behind the point here; got ${text}`)
        return bounded(value, kind, `Invalid ${kind} value: ${text}`)
      },
    },
    {
      name: `bq_float_${kind.toLowerCase()}`,
      takes: ['float'],
      gives: type,
      call: (value: number) => floatDecimal(value, scale, kind),
    },
  ]
}

const DECIMALS: readonly Decimal[] = [
  {kind: 'NUMERIC', type: 'numeric', scale: 9},
  {kind: 'BIGNUMERIC', type: 'bignumeric', scale: 18},
]

export const DECIMAL_FUNCTIONS: readonly Native[] = DECIMALS.flatMap(decimal => [
  ...arithmetic(decimal),
  ...rounding(decimal),
  ...conversions(decimal),
])
