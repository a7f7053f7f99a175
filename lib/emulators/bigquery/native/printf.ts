import {decimalText, parseDecimal} from '../values/numbers.ts'
import type {Native} from './define.ts'
import {general} from './number-functions.ts'

const SPECIFIER = /^%([-+ 0#']*)([1-9]\d*)?(?:\.(\d+))?([a-zA-Z])$/

interface Specifier {
  flags: string
  width: number
  precision: number | undefined
  letter: string
}

function read(text: string): Specifier {
  const [, flags = '', width = '0', precision, letter = ''] = SPECIFIER.exec(text) ?? []
  if (Number(width) > 10_000 || Number(precision ?? 0) > 100) throw new Error(`FORMAT: ${text} is too wide`)
  return {flags, width: Number(width), precision: precision === undefined ? undefined : Number(precision), letter}
}

/** Puts sign, grouping and padding around digits. */
function finish({flags, width}: Specifier, negative: boolean, digits: string, zeros = true): string {
  const grouped = flags.includes("'") ? digits.replace(/^\d+/, whole => whole.replace(/\B(?=(\d{3})+$)/g, ',')) : digits
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const all = sign + grouped
  if (flags.includes('-')) return all.padEnd(width)
  return flags.includes('0') && zeros ? sign + grouped.padStart(width - sign.length, '0') : all.padStart(width)
}

export const PRINTF_FUNCTIONS: readonly Native[] = [
  {
    name: 'bq_printf_int',
    takes: ['text', 'int'],
    gives: 'text',
    call(format: string, value: bigint) {
      const specifier = read(format)
      const {letter, precision, flags} = specifier
      const absolute = value < 0n ? -value : value
      const radix = /x/i.test(letter) ? 16 : letter === 'o' ? 8 : 10
      const prefix = flags.includes('#') ? (radix === 16 ? '0x' : radix === 8 ? '0' : '') : ''
      const digits = prefix + absolute.toString(radix).padStart(precision ?? 1, '0')
      return finish(specifier, value < 0n, letter === 'X' ? digits.toUpperCase() : digits, precision === undefined)
    },
  },
  {
    name: 'bq_printf_float',
    takes: ['text', 'float'],
    gives: 'text',
    call(format: string, value: number) {
      const specifier = read(format)
      const {letter, precision = 6} = specifier
      const upper = /[A-Z]/.test(letter)
      if (!Number.isFinite(value))
        return finish(
          specifier,
          value < 0,
          Number.isNaN(value) ? (upper ? 'NAN' : 'nan') : upper ? 'INF' : 'inf',
          false,
        )
      const absolute = Math.abs(value)
      const lower = letter.toLowerCase()
      const digits =
        lower === 'f'
          ? absolute >= 1e21
            ? `${BigInt(absolute)}${precision > 0 ? `.${'0'.repeat(precision)}` : ''}`
            : absolute.toFixed(precision)
          : lower === 'e'
            ? absolute.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2')
            : general(absolute, precision || 1)
      return finish(specifier, value < 0 || Object.is(value, -0), upper ? digits.toUpperCase() : digits)
    },
  },
  {
    name: 'bq_printf_decimal',
    takes: ['text', 'text'],
    gives: 'text',
    call(format: string, value: string) {
      const specifier = read(format)
      const {letter, precision = 6} = specifier
      if (letter !== 'f' && letter !== 'F')
        throw new Error(`local emulator: FORMAT %${letter} of NUMERIC is not supported`)
      const scaled = parseDecimal(value, Math.max(precision, 18)) as bigint
      const unit = 10n ** BigInt(Math.max(precision, 18) - precision)
      const absolute = ((scaled < 0n ? -scaled : scaled) * 2n + unit) / (2n * unit)
      const [whole = '0', fraction = ''] = decimalText(absolute, precision).split('.')
      return finish(specifier, scaled < 0n, precision > 0 ? `${whole}.${fraction.padEnd(precision, '0')}` : whole)
    },
  },
  {
    name: 'bq_printf_text',
    takes: ['text', 'text'],
    gives: 'text',
    call(format: string, value: string) {
      const {flags, width, precision} = read(format)
      const cut = precision === undefined ? value : [...value].slice(0, precision).join('')
      const fill = ' '.repeat(Math.max(width - [...cut].length, 0))
      return flags.includes('-') ? cut + fill : fill + cut
    },
  },
]
