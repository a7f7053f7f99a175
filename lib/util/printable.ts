// C0 except tab and line feed, DEL and C1, and characters that change the direction of text
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g

/**
 * Text that is safe to show to a person: control characters, with which data could drive the terminal, become escapes such
 * as `\x1b`. Line feeds and tabs stay.
 *
 * @example
 * printable('\x1b[31mred') // '\\x1b[31mred'
 */
export function printable(text: string): string {
  return text.replace(CONTROL, escaped)
}

/** The same on one line: line feeds and tabs become escapes too. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, escaped)
}

/**
 * JSON that is safe to show to a person and still the same JSON: `JSON.stringify` leaves some control characters as they
 * are.
 */
export function printableJson(json: string): string {
  return json.replace(CONTROL, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const SHORT: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
}

function escaped(char: string): string {
  const code = char.charCodeAt(0).toString(16)
  return SHORT[char] ?? (code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`)
}
