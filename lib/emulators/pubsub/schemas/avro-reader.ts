import {isUtf8} from 'node:buffer'

/** Walks over a value in Avro's binary encoding, and throws where the bytes cannot hold one. */
export class AvroReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Throws when bytes are left. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new Error(`${this.#bytes.length - this.#at} bytes follow the value`)
  }

  skip(count: number): void {
    if (count < 0 || this.#at + count > this.#bytes.length) throw new Error('the bytes end within the value')
    this.#at += count
  }

  boolean(): void {
    const at = this.#at
    this.skip(1)
    if (this.#bytes[at]! > 1) throw new Error('a boolean must be 0 or 1')
  }

  text(length: number): void {
    const at = this.#at
    this.skip(length)
    if (!isUtf8(this.#bytes.subarray(at, at + length))) throw new Error('a string is not UTF-8')
  }

  int(): number {
    const value = this.long()
    if (value < -(2n ** 31n) || value >= 2n ** 31n) throw new Error('an int of more than 32 bits')
    return Number(value)
  }

  long(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const at = this.#at
      this.skip(1)
      const byte = this.#bytes[at]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n)
    }
    throw new Error('a number of more than 64 bits')
  }

  /** The blocks of an array or a map. */
  blocks(read: () => void): void {
    for (let count = this.int(); count !== 0; count = this.int()) {
      // a negative count is followed by the size of the block
      if (count < 0) this.int()
      for (let i = Math.abs(count); i > 0; i--) {
        const before = this.#at
        read()
        // items of no bytes, such as null, could be two thousand million
        if (this.#at === before) break
      }
    }
  }
}
