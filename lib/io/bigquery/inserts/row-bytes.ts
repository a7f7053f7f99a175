/** Bytes of one block of memory, which many rows share. */
const SLAB = 256 * 1024

/** Where the bytes of a row are; a comma follows. */
export interface RowBytes {
  readonly slab: Buffer
  readonly start: number
  /** After the last byte, at the comma. */
  readonly end: number
}

/**
 * Writes rows as bytes one after the other, so that the body of a request is copied in a few large pieces, and the garbage
 * collector has nothing to move while requests are in flight.
 */
export class RowWriter {
  #slab = Buffer.alloc(0)
  #at = 0

  /** Writes the text of a row. */
  write(text: string): RowBytes {
    // a UTF-16 code unit takes at most three bytes
    const most = text.length * 3 + 1
    if (most > SLAB) {
      const slab = Buffer.from(`${text},`)
      return {slab, start: 0, end: slab.length - 1}
    }
    if (this.#at + most > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB)
      this.#at = 0
    }
    const start = this.#at
    const end = start + this.#slab.write(text, start)
    this.#slab[end] = 0x2c
    this.#at = end + 1
    return {slab: this.#slab, start, end}
  }
}

/** The rows between `head` and `tail`, separated by commas. */
export function joinRows(head: string, rows: readonly RowBytes[], tail: string): Buffer {
  const pieces: Buffer[] = [Buffer.from(head)]
  for (let i = 0; i < rows.length; ) {
    const {slab, start} = rows[i]!
    let {end} = rows[i]!
    for (i++; i < rows.length && rows[i]!.slab === slab && rows[i]!.start === end + 1; i++) end = rows[i]!.end
    pieces.push(slab.subarray(start, i < rows.length ? end + 1 : end))
  }
  pieces.push(Buffer.from(tail))
  return Buffer.concat(pieces)
}
