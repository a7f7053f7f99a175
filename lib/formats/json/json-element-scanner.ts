const LF = 10
const QUOTE = 34
const BACKSLASH = 92
const CLOSE = 93

/** Bytes with a meaning outside strings. */
const QUOTES = 1
const OPENS = 2
const CLOSES = 3
const SEPARATES = 4
const ENDS_LINE = 5
const MEANS = new Uint8Array(256)
MEANS[QUOTE] = QUOTES
for (const byte of Buffer.from('[{')) MEANS[byte] = OPENS
for (const byte of Buffer.from(']}')) MEANS[byte] = CLOSES
for (const byte of Buffer.from(',')) MEANS[byte] = SEPARATES
MEANS[LF] = ENDS_LINE

/** Bytes with a meaning inside strings; a line end is not JSON there, but is counted. */
const MEANS_IN_STRING = new Uint8Array(256)
for (const byte of [QUOTE, BACKSLASH, LF]) MEANS_IN_STRING[byte] = 1

/**
 * Finds where the elements of a JSON array end, in bytes that come in chunks, without looking at a byte twice. Brackets of
 * either kind are counted and strings skipped; whether the rest is JSON is left to `JSON.parse`.
 */
export class JsonElementScanner {
  /** The line reached, from 1. */
  line = 1
  /** Open brackets in the element. */
  #depth = 0
  /** True inside a string. */
  #quoted = false
  /** True if the last byte was a backslash. */
  #escaped = false

  /** The place of the comma or bracket, from `start` on, that ends the element; `bytes.length` if it has not come yet. */
  scan(bytes: Uint8Array, start: number): number {
    const {length} = bytes
    let at = start
    let {line} = this
    let depth = this.#depth
    let quoted = this.#quoted
    if (this.#escaped && at < length) {
      this.#escaped = false
      if (bytes[at++] === LF) line++
    }
    while (at < length) {
      if (quoted) {
        while (at < length && MEANS_IN_STRING[bytes[at]!] === 0) at++
        if (at === length) break
        const byte = bytes[at++]
        if (byte === QUOTE) quoted = false
        else if (byte === LF) line++
        else if (at === length) this.#escaped = true
        else if (bytes[at++] === LF) line++
        continue
      }
      while (at < length && MEANS[bytes[at]!] === 0) at++
      if (at === length) break
      const meaning = MEANS[bytes[at]!]
      if (depth === 0 && (meaning === SEPARATES || bytes[at] === CLOSE)) break
      if (meaning === QUOTES) quoted = true
      else if (meaning === OPENS) depth++
      else if (meaning === ENDS_LINE) line++
      else if (meaning === CLOSES && depth > 0) depth--
      at++
    }
    this.line = line
    this.#depth = depth
    this.#quoted = quoted
    return at
  }
}
