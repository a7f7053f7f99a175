import {automatic} from '../../formats/index.ts'

const INTEGER = /^-?(?:0|[1-9]\d*)$/
/** Longer ones take quadratic time to read. */
const LONGEST = 1000
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * The number that `--cast auto` would make of a text; one that it leaves alone because a double would change it is compared, too:
 * integers exactly, others rounded. Any other text is returned as it is.
 */
export function sortNumber(text: string): number | bigint | string {
  const value = automatic(text)
  if (typeof value === 'number') return value
  if (INTEGER.test(text) && text.length <= LONGEST) return BigInt(text)
  const rounded = DECIMAL.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(rounded) ? rounded : text
}
