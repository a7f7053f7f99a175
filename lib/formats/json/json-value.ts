import {exactNumber, type JsonNumbers} from '../numbers/exact-number.ts'
import {fieldName, type PathStep} from './field-path.ts'

/**
 * The value of a JSON text, like `JSON.parse`, whose errors it throws, except for numbers that a double cannot represent,
 * which are read according to `numbers`. The last value of a repeated key counts; `__proto__` is a key like any other.
 *
 * @throws {SyntaxError} for what is not JSON; {@link InexactNumber} for a number that `'exact'` refuses
 */
export function jsonValue(text: string, numbers: JsonNumbers = 'exact'): unknown {
  const value: unknown = JSON.parse(text)
  return numbers !== 'double' && mayRound(text) ? new ExactReader(text, numbers).read() : value
}

/** The error for a number in a JSON text that has no exact value in JavaScript. */
export class InexactNumber extends Error {}

/** An exponent of three digits may be beyond the range of numbers; one of two never is. */
const LONG_EXPONENT = /\d[eE][+-]?\d{3}/
/** Numbers of up to 15 digits always survive the round trip. */
const SAFE_LENGTH = 16

/**
 * True if a text may contain a number that a double does not represent. It looks only at every 16th character: anything
 * longer than 15 digits contains one of them.
 */
function mayRound(text: string): boolean {
  const {length} = text
  for (let at = SAFE_LENGTH - 1; at < length; at += SAFE_LENGTH) {
    if (!isDigitOrPoint(text.charCodeAt(at))) continue
    let start = at
    while (start > 0 && isDigitOrPoint(text.charCodeAt(start - 1))) start--
    let end = at + 1
    while (end < length && isDigitOrPoint(text.charCodeAt(end))) end++
    if (end - start >= SAFE_LENGTH && isRounded(text, start, end)) return true
    while (at + SAFE_LENGTH < end) at += SAFE_LENGTH
  }
  return LONG_EXPONENT.test(text)
}

/** False for digits next to a quote, which are part of a string, and for those that survive the round trip. */
function isRounded(text: string, start: number, end: number): boolean {
  if (text.charCodeAt(start - 1) === QUOTE || text.charCodeAt(end) === QUOTE) return false
  if ((text.charCodeAt(end) | 32) === LOWER_E) return true
  const literal = text.slice(start, end)
  const value = Number(literal)
  // JSON.stringify is a third faster than String(). An integer beyond 2^53 may print as written and still stand for its
  // neighbours too.
  return JSON.stringify(value) !== literal || (Number.isInteger(value) && !Number.isSafeInteger(value))
}

function isDigitOrPoint(code: number): boolean {
  return (code < 58 && code > 47) || code === POINT
}

const QUOTE = 34
const COMMA = 44
const POINT = 46
const COLON = 58
const OPEN_ARRAY = 91
const BACKSLASH = 92
const CLOSE_ARRAY = 93
const LOWER_E = 101
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const LITERALS: Readonly<Record<string, unknown>> = {t: true, f: false, n: null}

/** An array or object that is being read, and where its next value goes. */
interface Level {
  readonly holder: unknown[] | Record<string, unknown>
  key: PathStep
}

/**
 * Reads a text that `JSON.parse` has accepted, so it need not check for errors. It does not recurse: texts may be nested
 * deeply.
 */
class ExactReader {
  readonly #text: string
  readonly #numbers: 'exact' | 'text'
  #at = 0
  readonly #levels: Level[] = []

  constructor(text: string, numbers: 'exact' | 'text') {
    this.#text = text
    this.#numbers = numbers
  }

  read(): unknown {
    const text = this.#text
    for (;;) {
      const code = this.#next()
      let value: unknown
      if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
        this.#at++
        const holder = code === OPEN_ARRAY ? [] : {}
        const empty = this.#next() === (code === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT)
        if (!empty) {
          this.#levels.push({holder, key: code === OPEN_ARRAY ? 0 : this.#key()})
          continue
        }
        this.#at++
        value = holder
      } else if (code === QUOTE) value = this.#string()
      else if (code < 58) value = this.#number()
      else {
        value = LITERALS[text[this.#at]!]
        this.#at += value === false ? 5 : 4
      }
      if (!this.#put(value)) return this.#whole
    }
  }

  #whole: unknown

  /** Puts a value in its place and closes what ends with it; false at the end of the text. */
  #put(value: unknown): boolean {
    let given = value
    for (let level = this.#levels.at(-1); level; level = this.#levels.at(-1)) {
      const {holder, key} = level
      if (typeof key === 'number') (holder as unknown[]).push(given)
      else if (key === '__proto__') defineProto(holder, given)
      else (holder as Record<string, unknown>)[key] = given
      const more = this.#next() === COMMA
      this.#at++
      if (more) {
        level.key = typeof key === 'number' ? key + 1 : this.#key()
        return true
      }
      this.#levels.pop()
      given = holder
    }
    this.#whole = given
    return false
  }

  /** The next character after white space. */
  #next(): number {
    const text = this.#text
    let code = text.charCodeAt(this.#at)
    while (code <= 32) code = text.charCodeAt(++this.#at)
    return code
  }

  /** Reads a key and its colon. */
  #key(): string {
    this.#next()
    const key = this.#string()
    while (this.#next() !== COLON) this.#at++
    this.#at++
    return key
  }

  #string(): string {
    const text = this.#text
    const start = this.#at
    let end = text.indexOf('"', start + 1)
    let escaped = false
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
    const inner = text.slice(start + 1, end)
    escaped = inner.includes('\\')
    this.#at = end + 1
    return escaped ? (JSON.parse(text.slice(start, end + 1)) as string) : inner
  }

  #number(): number | bigint | string {
    const text = this.#text
    const start = this.#at
    let end = start + 1
    while (end < text.length && isOfNumber(text.charCodeAt(end))) end++
    this.#at = end
    const literal = text.slice(start, end)
    if (literal.length < SAFE_LENGTH && !LONG_EXPONENT.test(literal)) return Number(literal)
    try {
      return exactNumber(literal, this.#numbers)
    } catch (error) {
      const path = this.#levels.map(({key}) => key)
      throw new InexactNumber(`${fieldName(path)}: ${(error as Error).message}`)
    }
  }
}

/** True if an odd number of backslashes precedes a quote. */
function isEscaped(text: string, quote: number): boolean {
  let from = quote
  while (text.charCodeAt(from - 1) === BACKSLASH) from--
  return (quote - from) % 2 === 1
}

/** True for digits, signs, the point and the e of an exponent. */
function isOfNumber(code: number): boolean {
  return isDigitOrPoint(code) || (code | 32) === LOWER_E || code === 43 || code === 45
}

/** Defines `__proto__` as a key; assigning it would set the prototype. */
function defineProto(holder: object, value: unknown): void {
  Object.defineProperty(holder, '__proto__', {value, writable: true, enumerable: true, configurable: true})
}
