const LF = 10
const QUOTE = 34
const BACKSLASH = 92
const CLOSE = 93

/** Bytes that mean something outside of strings. */
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

/** Bytes that mean something inside of strings; a line end there is no JSON, but counts. */
const MEANS_IN_STRING = new Uint8Array(256)
for (const byte of [QUOTE, BACKSLASH, LF]) MEANS_IN_STRING[byte] = 1

/**
 * Finds where the elements of a JSON array end, in bytes that come in chunks: no byte is looked at twice. Brackets are counted,
 * whichever they are, and strings skipped; whether what is between is JSON is for `JSON.parse` to say.
 */
export class JsonElementScanner {
  /** Line of the place that was reached, from 1. */
  line = 1
  /** Brackets open in the element. */
  #depth = 0
  /** Inside a string. */
  #quoted = false
  /** A backslash was the last byte. */
  #escaped = false

  /** The place of the comma or bracket that ends the element, from `start` on; `bytes.length` if it has not come. */
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
