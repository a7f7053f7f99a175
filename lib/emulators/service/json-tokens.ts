const START = /["\d-]/g
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const ENDS_OR_ESCAPES = /["\\]/g

/**
 * Puts something else in place of each string (with its quotes) and each number of a JSON text. A string that is not closed
 * goes to the end of the text.
 *
 * One regular expression for a string of any length would run out of stack on one of some megabytes, and be quadratic in
 * quotes that nothing closes.
 */
export function replaceJsonTokens(text: string, replace: (token: string) => string): string {
  let out = ''
  let copied = 0
  START.lastIndex = 0
  for (let match = START.exec(text); match; match = START.exec(text)) {
    const at = match.index
    const end = text[at] === '"' ? endOfString(text, at) : endOfNumber(text, at)
    if (end > at) {
      out += text.slice(copied, at) + replace(text.slice(at, end))
      copied = end
      START.lastIndex = end
    }
  }
  return out + text.slice(copied)
}

function endOfString(text: string, at: number): number {
  ENDS_OR_ESCAPES.lastIndex = at + 1
  for (let match = ENDS_OR_ESCAPES.exec(text); match; match = ENDS_OR_ESCAPES.exec(text)) {
    if (match[0] === '"') return match.index + 1
    ENDS_OR_ESCAPES.lastIndex++
  }
  return text.length
}

/** `at` where a minus stands alone. */
function endOfNumber(text: string, at: number): number {
  NUMBER.lastIndex = at
  return NUMBER.test(text) ? NUMBER.lastIndex : at
}
