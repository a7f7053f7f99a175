import {invalid} from '../wire/grpc-code.ts'

/** A piece of a filter: a word, a quoted text, or a sign. */
export interface Token {
  kind: 'word' | 'text' | 'sign'
  value: string
  at: number
}

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|([A-Za-z0-9_](?:[A-Za-z0-9_-])*)|(!=|[=.:(),-]))/y
const ESCAPES: Readonly<Record<string, string>> = {n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v'}

/** Cuts a filter into tokens. */
export function tokensOf(filter: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  const end = filter.trimEnd().length
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex
    const match = TOKEN.exec(filter)
    if (!match) throw invalidFilter(filter, `unexpected ${JSON.stringify(filter.slice(from).trimStart()[0])}`, from)
    const [, text, word, sign = ''] = match
    if (text !== undefined) tokens.push({kind: 'text', value: unquote(text), at: from})
    else if (word !== undefined) tokens.push({kind: 'word', value: word, at: from})
    else tokens.push({kind: 'sign', value: sign, at: from})
  }
  return tokens
}

/** The error for a malformed filter. */
export function invalidFilter(filter: string, problem: string, at: number): Error {
  return invalid(`Invalid filter: ${problem} at position ${at + 1} (filter=${filter}).`)
}

function unquote(text: string): string {
  return text
    .slice(1, -1)
    .replace(
      /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{3})|(.))/gs,
      (_, u, U, x, octal, other) => {
        const hex = u ?? U ?? x
        if (hex !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff))
        return octal !== undefined ? String.fromCharCode(Number.parseInt(octal, 8)) : (ESCAPES[other] ?? other)
      },
    )
}
