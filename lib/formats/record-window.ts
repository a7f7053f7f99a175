/**
 * The bytes of one file from the beginning of the record that is being parsed: for its raw text and its line number.
 * Offsets are absolute; lines are counted once, when bytes are dropped.
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

  /** The offset of the first byte from `offset` on that is not part of a blank line, or of one that `comment` begins. */
  skipBlankLines(offset: number, comment?: Buffer): number {
    let at = offset
    for (;;) {
      const byte = this.#byteAt(at)
      if (comment?.every((wanted, i) => this.#byteAt(at + i) === wanted)) {
        let end = at
        while (end < this.#end && this.#byteAt(end) !== 10) end++
        if (end === this.#end) return at
        at = end + 1
      } else if (byte === 10) at++
      else if (byte === 13 && this.#byteAt(at + 1) === 10) at += 2
      else return at
    }
  }

  /** Line on which the first byte held stands, from 1. */
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

  /** Forgets everything before `offset`. */
  dropBefore(offset: number): void {
    while (this.#buffers.length > 0) {
      const first = this.#buffers[0]!
      const surplus = Math.min(first.length, offset - this.#start)
      if (surplus <= 0) return
      this.#line += countNewlines(first, surplus)
      this.#start += surplus
      if (surplus === first.length) this.#buffers.shift()
      else this.#buffers[0] = first.subarray(surplus)
    }
  }

  #byteAt(offset: number): number | undefined {
    let at = offset - this.#start
    for (const bytes of this.#buffers) {
      if (at < bytes.length) return bytes[at]
      at -= bytes.length
    }
    return undefined
  }
}

function countNewlines(bytes: Buffer, length: number): number {
  let count = 0
  for (let at = bytes.indexOf(10); at !== -1 && at < length; at = bytes.indexOf(10, at + 1)) count++
  return count
}
