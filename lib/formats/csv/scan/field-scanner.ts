/** What {@link FieldScanner.scan} found at a place in the bytes: a complete record. */
export const RECORD = 0
/** The bytes end before the record does. */
export const INCOMPLETE = 1
/** A quote inside a field that does not begin with one. */
export const QUOTE_INSIDE = 2
/** Something other than a delimiter or a line end after a closing quote. */
export const AFTER_QUOTE = 3
/** A quote that is still open at the end of the file. */
export const NOT_CLOSED = 4

export type Found = typeof RECORD | typeof INCOMPLETE | typeof QUOTE_INSIDE | typeof AFTER_QUOTE | typeof NOT_CLOSED

const LF = 10
const CR = 13

/**
 * Finds the fields of CSV records in bytes, one record at a time, without decoding any: fields are places in `starts` and
 * `ends`.
 *
 * Delimiter and quote are one ASCII character each, a quote inside quotes is doubled, a line ends with `\n` or `\r\n`. The
 * result depends only on the bytes of the record, not on what comes after it or how the bytes were cut.
 */
export class FieldScanner {
  /** Where the fields begin and end, without their quotes. */
  starts = new Int32Array(64)
  ends = new Int32Array(64)
  /** The number of fields of the record. */
  count = 0
  /** True if one of them contains a doubled quote. */
  escaped = false
  /** True if all its bytes are ASCII. */
  ascii = true
  /** Line ends in the record, its own included. */
  lines = 0
  /** The place after the record; for a malformed record, the place of the offending byte. */
  next = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #last = false
  /** Place of the last line end: a field that begins before it ends there at the latest. */
  #lastLine = -1
  readonly #delimiter: number
  /** -1: there are no quotes. */
  readonly #quote: number
  /** The largest byte with a meaning: all above it are data. */
  readonly #top: number

  constructor(delimiter: number, quote: number) {
    this.#delimiter = delimiter
    this.#quote = quote
    this.#top = Math.max(delimiter, quote, LF)
  }

  /** Takes new bytes; `last`: nothing comes after them. */
  open(bytes: Buffer, last: boolean): void {
    this.#bytes = bytes
    this.#last = last
    this.#lastLine = bytes.lastIndexOf(LF)
  }

  /** Finds the record that begins at `from`. */
  scan(from: number): Found {
    const bytes = this.#bytes
    const last = this.#last
    const lastLine = this.#lastLine
    const delimiter = this.#delimiter
    const quote = this.#quote
    const top = this.#top
    const length = bytes.length
    let starts = this.starts
    let ends = this.ends
    let room = starts.length
    let count = 0
    let byte = -1
    let high = 0
    this.escaped = false
    this.ascii = true
    this.lines = 1
    for (let at = from; ; at++) {
      if (count === room) {
        this.#grow()
        starts = this.starts
        ends = this.ends
        room = starts.length
      }
      if (at < length && bytes[at] === quote) {
        starts[count] = at + 1
        at = this.#closingQuote(at + 1)
        if (at === -1) {
          this.next = length
          return last ? NOT_CLOSED : INCOMPLETE
        }
        ends[count++] = at++
        byte = at < length ? bytes[at]! : -1
        if (byte === delimiter) continue
        if (byte === CR) {
          if (at + 1 < length && bytes[at + 1] === LF) byte = bytes[++at]!
          else if (at + 1 === length && !last) return INCOMPLETE
        }
        if (byte !== LF && byte !== -1) {
          this.next = at
          return AFTER_QUOTE
        }
      } else {
        const start = at
        if (at <= lastLine) {
          // The hottest loop: no check for the end of the bytes, and one comparison for most of them, four per iteration.
          byte = bytes[at]!
          while (byte > top) {
            high |= byte
            if ((byte = bytes[++at]!) <= top) break
            high |= byte
            if ((byte = bytes[++at]!) <= top) break
            high |= byte
            if ((byte = bytes[++at]!) <= top) break
            high |= byte
            byte = bytes[++at]!
          }
          while (byte !== delimiter && byte !== LF && byte !== quote) {
            high |= byte
            byte = bytes[++at]!
          }
        } else {
          for (; at < length; at++) {
            byte = bytes[at]!
            high |= byte
            if (byte === delimiter || byte === quote) break
          }
        }
        starts[count] = start
        if (at === length) byte = -1
        else if (byte === delimiter) {
          ends[count++] = at
          continue
        } else if (byte === quote) {
          this.next = at
          return QUOTE_INSIDE
        }
        ends[count++] = byte === LF && at > start && bytes[at - 1] === CR ? at - 1 : at
      }
      // a line end, or the end of the bytes
      if (byte === -1 && !last) return INCOMPLETE
      this.count = count
      if (high > 127) this.ascii = false
      this.next = byte === -1 ? length : at + 1
      return RECORD
    }
  }

  /**
   * The place of the quote that closes the field; -1 if it is not there, or cannot be recognised without what follows it.
   */
  #closingQuote(from: number): number {
    const bytes = this.#bytes
    const quote = this.#quote
    const length = bytes.length
    let high = 0
    for (let at = from; at < length; at++) {
      const byte = bytes[at]!
      high |= byte
      if (byte === quote) {
        if (at + 1 >= length || bytes[at + 1] !== quote) {
          if (high > 127) this.ascii = false
          return at
        }
        this.escaped = true
        at++
      } else if (byte === LF) this.lines++
    }
    return -1
  }

  #grow(): void {
    const {starts, ends} = this
    this.starts = new Int32Array(starts.length * 2)
    this.ends = new Int32Array(starts.length * 2)
    this.starts.set(starts)
    this.ends.set(ends)
  }
}
