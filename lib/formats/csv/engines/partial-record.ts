const LF = 10
const CR = 13

/**
 * The bytes of an incomplete record. They are concatenated only once its end may have come: otherwise a record of many
 * chunks would be copied and scanned again for each of them.
 */
export class PartialRecord {
  readonly #delimiter: number
  readonly #quote: number
  #pieces: Buffer[] = []
  #bytes = 0
  /** True after an odd number of quotes: the end of a line is not the end of the record. */
  #quoted = false
  #previous = LF

  constructor(delimiter: number, quote: number) {
    this.#delimiter = delimiter
    this.#quote = quote
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Adds bytes; true if the record may end in them, or is malformed. */
  add(bytes: Buffer): boolean {
    const mayEnd = this.#look(bytes)
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
    this.#previous = bytes[bytes.length - 1] ?? this.#previous
    return mayEnd
  }

  /** Takes out all bytes held. */
  take(): Buffer {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#bytes = 0
    this.#quoted = false
    this.#previous = LF
    return bytes
  }

  #look(bytes: Buffer): boolean {
    let line = bytes.indexOf(LF)
    for (let at = 0; ; ) {
      const quote = this.#quote === -1 ? -1 : bytes.indexOf(this.#quote, at)
      if (!this.#quoted) {
        if (line !== -1 && line < at) line = bytes.indexOf(LF, at)
        if (line !== -1 && (quote === -1 || line < quote)) return true
      }
      if (quote === -1) return false
      const before = quote === 0 ? this.#previous : bytes[quote - 1]
      const after = bytes[quote + 1]
      if (this.#quoted ? !this.#mayFollow(after) : !this.#mayPrecede(before)) return true
      this.#quoted = !this.#quoted
      at = quote + 1
    }
  }

  #mayPrecede(byte: number | undefined): boolean {
    return byte === this.#delimiter || byte === this.#quote || byte === LF
  }

  #mayFollow(byte: number | undefined): boolean {
    return byte === undefined || byte === CR || byte === LF || byte === this.#delimiter || byte === this.#quote
  }
}
