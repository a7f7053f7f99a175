import {invalidQuery} from './errors.ts'

/** A piece of SQL; whitespace and comments are between the tokens. */
export interface Token {
  kind: 'word' | 'quoted' | 'backtick' | 'string' | 'number' | 'punct'
  text: string
  /** The text in capitals for a word, else the text. */
  upper: string
  start: number
  end: number
}

const SKIP = /(?:\s+|--[^\n]*)/y
const PATTERNS: [Token['kind'], RegExp][] = [
  ['string', /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y],
  ['string', /'(?:[^']|'')*'/y],
  ['string', /\$([\p{L}_][\p{L}\p{N}_]*)?\$[\s\S]*?\$\1\$/uy],
  ['quoted', /"(?:[^"]|"")*"/y],
  ['backtick', /`[^`]*`/y],
  ['number', /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ['word', /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy],
  ['punct', /::|[^\s]/uy],
]

/** Cuts DuckDB's SQL (with backticks added) into tokens. 400 invalidQuery for a string or comment without end. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < sql.length) {
    const skipped = match(SKIP, sql, at)
    if (skipped) at += skipped.length
    else if (sql.startsWith('/*', at)) at = endOfComment(sql, at)
    else {
      const token = nextToken(sql, at)
      tokens.push(token)
      at = token.end
    }
  }
  return tokens
}

function nextToken(sql: string, start: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    const text = match(pattern, sql, start)
    if (text === undefined) continue
    if (kind === 'punct' && /['"`]/.test(text))
      throw invalidQuery(
        `Syntax error: Unclosed ${text === "'" ? 'string literal' : 'identifier literal'} at ${position(sql, start)}`,
      )
    return {kind, text, upper: kind === 'word' ? text.toUpperCase() : text, start, end: start + text.length}
  }
  throw invalidQuery(`Syntax error: Illegal input character at ${position(sql, start)}`)
}

/** DuckDB's comments nest. */
function endOfComment(sql: string, start: number): number {
  let depth = 0
  for (let at = start; at < sql.length; at++) {
    if (sql.startsWith('/*', at)) {
      depth++
      at++
    } else if (sql.startsWith('*/', at)) {
      at++
      if (--depth === 0) return at + 1
    }
  }
  throw invalidQuery(`Syntax error: Unclosed comment at ${position(sql, start)}`)
}

/** `[line:column]`, as BigQuery writes where it is. */
export function position(sql: string, at: number): string {
  const before = sql.slice(0, at).split('\n')
  return `[${before.length}:${(before.at(-1) ?? '').length + 1}]`
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
