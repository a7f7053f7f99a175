/** Bytes of one piece of memory that many rows are written into. */
const SLAB = 256 * 1024

/** Where the bytes of a row are; a comma follows them. */
export interface RowBytes {
  readonly slab: Buffer
  readonly start: number
  /** Behind the last byte, before the comma. */
  readonly end: number
}

/**
 * Writes rows as bytes one behind the other, so that a request's body is copied out in a few large pieces, and
 * nothing is left on the heap for the garbage collector to carry around while requests are under way.
 */
export class RowWriter {
  #slab = Buffer.alloc(0)
  #at = 0

  /** Writes a row's text; `bytes` counts what it took. */
  write(text: string): RowBytes {
    // A UTF-16 unit takes three bytes at most
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

/** The rows, separated by commas, between `head` and `tail`. */
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
