import {invalidQuery} from '../../model/errors.ts'

/** A piece of SQL; whitespace and comments are between the tokens. */
export interface Token {
  kind: 'word' | 'backtick' | 'string' | 'bytes' | 'number' | 'punct' | 'end'
  text: string
  /** The text in capitals for a word, else the text. */
  upper: string
  /** The value of a string or of a name in backticks. */
  value: string
  start: number
  end: number
}

const SKIP = /(?:\s+|--[^\n]*|#[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)/y
const QUOTE = /(r|b|rb|br)?('''|"""|'|")/iy
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const WORD = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy
const NAME = /[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*/uy
const PUNCT = /->|<=|<>|<<|>=|!=|\|\||=>|@@|\|>|[-+*/~&|^=<>()[\]{},.;:@?]/y
const ESCAPES: Record<string, string> = {a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v'}

/** Cuts GoogleSQL into tokens. 400 invalidQuery for unclosed literals and comments, and for illegal characters. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < sql.length) {
    const skipped = match(SKIP, sql, at)
    if (skipped) {
      at += skipped[0].length
      continue
    }
    const token = nextToken(sql, at)
    tokens.push(token)
    at = token.end
  }
  return tokens
}

function nextToken(sql: string, start: number): Token {
  if (sql.startsWith('/*', start)) throw syntax('Unclosed comment', sql, start)
  const quote = match(QUOTE, sql, start)
  if (quote) return stringToken(sql, start, (quote[1] ?? '').toLowerCase(), quote[2] as string)
  if (sql[start] === '`') {
    const {raw, end} = readQuoted(sql, start, start + 1, '`', false)
    if (raw === '') throw syntax('Invalid empty identifier', sql, start)
    return {...piece('backtick', sql, start, end), value: unescaped(raw, sql, start, false)}
  }
  // What follows a dot is a name, also when it begins with a digit.
  const afterDot = sql[start - 1] === '.' && sql[start] !== '.'
  const number = afterDot ? undefined : match(NUMBER, sql, start)
  if (number) return piece('number', sql, start, start + number[0].length)
  const word = match(afterDot ? NAME : WORD, sql, start)
  if (word) {
    const token = piece('word', sql, start, start + word[0].length)
    return {...token, upper: token.text.toUpperCase()}
  }
  const punct = match(PUNCT, sql, start)
  if (punct) return piece('punct', sql, start, start + punct[0].length)
  throw syntax(`Illegal input character "${sql[start]}"`, sql, start)
}

function stringToken(sql: string, start: number, prefix: string, quote: string): Token {
  const from = start + prefix.length + quote.length
  const {raw, end} = readQuoted(sql, start, from, quote, quote.length === 3)
  const bytes = prefix.includes('b')
  const value = prefix.includes('r') ? (bytes ? latin1(raw) : raw) : unescaped(raw, sql, start, bytes)
  return {...piece(bytes ? 'bytes' : 'string', sql, start, end), value}
}

/** Reads up to the closing quote; a backslash takes the character behind it along, in raw strings too. */
function readQuoted(sql: string, start: number, from: number, quote: string, lines: boolean) {
  for (let at = from; at < sql.length; at++) {
    if (sql[at] === '\\') at++
    else if (sql.startsWith(quote, at)) return {raw: sql.slice(from, at), end: at + quote.length}
    else if (!lines && sql[at] === '\n') break
  }
  throw syntax(
    `Unclosed ${quote === '`' ? 'identifier' : lines ? 'triple-quoted string' : 'string'} literal`,
    sql,
    start,
  )
}

/** Resolves escapes; a bytes literal becomes a string with one character for each byte. */
function unescaped(raw: string, sql: string, start: number, bytes: boolean): string {
  const pattern = /\\(?:([xX])([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]?))|[^\\]+/g
  let out = ''
  for (const [all, x, hex, octal, u4, u8, single] of raw.matchAll(pattern)) {
    if (!all.startsWith('\\')) out += bytes ? latin1(all) : all
    else if (x) out += String.fromCharCode(Number.parseInt(hex as string, 16))
    else if (octal) out += String.fromCharCode(Number.parseInt(octal, 8))
    else if (u4 || u8) {
      const code = Number.parseInt((u4 ?? u8) as string, 16)
      if (bytes || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw illegalEscape(all, sql, start)
      out += String.fromCodePoint(code)
    } else if (single && ESCAPES[single]) out += ESCAPES[single]
    else if (single && /[\\?"'`\n]/.test(single)) out += single
    else throw illegalEscape(all, sql, start)
  }
  return out
}

function illegalEscape(shown: string, sql: string, start: number) {
  return syntax(`Illegal escape sequence: ${shown}`, sql, start)
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function piece(kind: Token['kind'], sql: string, start: number, end: number): Token {
  const text = sql.slice(start, end)
  return {kind, text, upper: text, value: text, start, end}
}

/** `[line:column]`, as BigQuery writes where it is. */
export function position(sql: string, at: number): string {
  const before = sql.slice(0, at).split('\n')
  return `[${before.length}:${(before.at(-1) ?? '').length + 1}]`
}

/** 400 invalidQuery for a syntax error at this place. */
export function syntax(what: string, sql: string, at: number) {
  return invalidQuery(`Syntax error: ${what} at ${position(sql, at)}`)
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
