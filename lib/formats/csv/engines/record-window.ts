/**
 * The bytes of one file from the beginning of the record being parsed, for its raw text and its line number. Offsets are
 * absolute; lines are counted once, when bytes are dropped.
 */
export class RecordWindow {
  #buffers: Buffer[] = []
  /** Offset of the first byte held. */
  #start: number
  /** Offset after the last byte held. */
  #end: number
  #line = 1

  constructor(offset: number) {
    this.#start = offset
    this.#end = offset
  }

  get end(): number {
    return this.#end
  }

  append(bytes: Buffer): void {
    this.#buffers.push(bytes)
    this.#end += bytes.length
  }

  /** The offset of the first byte from `offset` on that is not part of a blank line or of a comment line. */
  skipBlankLines(offset: number, comment?: Buffer): number {
    const bytes = this.#joined()
    let at = offset - this.#start
    for (;;) {
      if (comment?.every((wanted, i) => bytes[at + i] === wanted)) {
        const end = bytes.indexOf(10, at)
        if (end === -1) break
        at = end + 1
      } else if (bytes[at] === 10) at++
      else if (bytes[at] === 13 && bytes[at + 1] === 10) at += 2
      else break
    }
    return at + this.#start
  }

  /** The line of the first byte held, from 1. */
  get line(): number {
    return this.#line
  }

  /** The first bytes held, up to `to`. */
  bytesUpTo(to: number): Buffer {
    const pieces: Buffer[] = []
    let left = to - this.#start
    for (const bytes of this.#buffers) {
      if (left <= 0) break
      pieces.push(bytes.subarray(0, left))
      left -= bytes.length
    }
    return Buffer.concat(pieces)
  }

  /** Drops everything before `offset`. */
  dropBefore(offset: number): void {
    let gone = 0
    for (const bytes of this.#buffers) {
      const surplus = Math.min(bytes.length, offset - this.#start)
      if (surplus <= 0) break
      this.#line += countNewlines(bytes, surplus)
      this.#start += surplus
      if (surplus < bytes.length) this.#buffers[gone] = bytes.subarray(surplus)
      else gone++
    }
    // all at once: shifting them one by one is quadratic
    if (gone > 0) this.#buffers.splice(0, gone)
  }

  #joined(): Buffer {
    if (this.#buffers.length !== 1) this.#buffers = [Buffer.concat(this.#buffers)]
    return this.#buffers[0]!
  }
}

function countNewlines(bytes: Buffer, length: number): number {
  let count = 0
  for (let at = bytes.indexOf(10); at !== -1 && at < length; at = bytes.indexOf(10, at + 1)) count++
  return count
}
