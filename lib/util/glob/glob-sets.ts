/** The POSIX classes that a set may contain, as in `[[:digit:]]`; ASCII only. */
export const GLOB_CLASSES: Readonly<Record<string, RegExp>> = Object.assign(Object.create(null), {
  alnum: /^[A-Za-z0-9]$/,
  alpha: /^[A-Za-z]$/,
  ascii: /^[\0-\x7f]$/,
  blank: /^[ \t]$/,
  cntrl: /^[\0-\x1f\x7f]$/,
  digit: /^[0-9]$/,
  graph: /^[\x21-\x7e]$/,
  lower: /^[a-z]$/,
  print: /^[\x20-\x7e]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[ \t\r\n\v\f]$/,
  upper: /^[A-Z]$/,
  word: /^\w$/,
  xdigit: /^[0-9A-Fa-f]$/,
})

/** More numbers than this in `{1..N}` are considered a mistake. */
const LARGEST_RANGE = 10_000

/** The expansion of `1..10`, `01..10` or `a..e` between braces; undefined if it is not a range. */
export function braceRange(inner: string): string[] | undefined {
  const numbers = /^(-?\d{1,15})\.\.(-?\d{1,15})$/.exec(inner)
  if (numbers) {
    const [, first = '', last = ''] = numbers
    const padded = [first, last].some(text => /^-?0\d/.test(text))
    const width = padded ? Math.max(first.length, last.length) : 0
    return steps(Number(first), Number(last), inner).map(number =>
      number < 0 ? `-${String(-number).padStart(width - 1, '0')}` : String(number).padStart(width, '0'),
    )
  }
  const letters = /^([A-Za-z])\.\.([A-Za-z])$/.exec(inner)
  return letters
    ? steps(letters[1]!.charCodeAt(0), letters[2]!.charCodeAt(0), inner).map(code => String.fromCharCode(code))
    : undefined
}

function steps(first: number, last: number, inner: string): number[] {
  const count = Math.abs(last - first) + 1
  if (count > LARGEST_RANGE)
    throw new SyntaxError(`{${inner}} stands for ${count} names, more than ${LARGEST_RANGE}: use *`)
  return Array.from({length: count}, (_, i) => (first <= last ? first + i : first - i))
}
