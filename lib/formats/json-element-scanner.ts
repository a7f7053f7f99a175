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
const KINDS = new Uint8Array(256)
KINDS[QUOTE] = QUOTES
for (const byte of Buffer.from('[{')) KINDS[byte] = OPENS
for (const byte of Buffer.from(']}')) KINDS[byte] = CLOSES
for (const byte of Buffer.from(',')) KINDS[byte] = SEPARATES
KINDS[LF] = ENDS_LINE

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
    let depth = this.#depth
    let at = this.#quoted ? this.#skipString(bytes, start) : start
    for (; at < length; at++) {
      switch (KINDS[bytes[at]!]) {
        case QUOTES:
          // the place of its end, which the loop steps over
          at = this.#skipString(bytes, at + 1) - 1
          break
        case OPENS:
          depth++
          break
        case CLOSES:
          if (depth > 0) depth--
          else if (bytes[at] === CLOSE) return this.#end(at)
          break
        case SEPARATES:
          if (depth === 0) return this.#end(at)
          break
        case ENDS_LINE:
          this.line++
          break
      }
    }
    this.#depth = depth
    return length
  }

  #end(at: number): number {
    this.#depth = 0
    return at
  }

  /** The place behind the string in which `start` is. */
  #skipString(bytes: Uint8Array, start: number): number {
    const {length} = bytes
    let at = start
    if (this.#escaped && at < length) {
      this.#escaped = false
      if (bytes[at++] === LF) this.line++
    }
    for (; at < length; at++) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        this.#quoted = false
        return at + 1
      }
      // a line end in a string is no JSON, but counts
      if (byte === LF) this.line++
      if (byte !== BACKSLASH) continue
      if (++at < length) {
        if (bytes[at] === LF) this.line++
      } else this.#escaped = true
    }
    this.#quoted = true
    return length
  }
}
