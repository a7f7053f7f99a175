import {SluiceError} from '../../errors/index.ts'
import {ESCAPE, TAGS, ZERO_LENGTH} from './key-tags.ts'

/**
 * The key of its canonical bytes: one key with what was encoded, of the same types, except that -0 comes back as 0, bytes as a
 * Buffer, and objects with their properties in order, without undefined ones.
 *
 * @throws {SluiceError} `ERR_SLUICE_KEY` for bytes that `encodeKey` has not made
 */
export function decodeKey(bytes: Uint8Array): unknown {
  const reader = new KeyReader(bytes)
  const value = reader.part()
  reader.expectEnd()
  return value
}

class KeyReader {
  readonly #bytes: Buffer
  #at = 0

  constructor({buffer, byteOffset, byteLength}: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength)
  }

  part(): unknown {
    const tag = this.#byte()
    switch (tag) {
      case TAGS.undefined:
        return undefined
      case TAGS.null:
        return null
      case TAGS.false:
        return false
      case TAGS.true:
        return true
      case TAGS.number:
        return this.#number()
      case TAGS.bigint:
        return this.#bigint()
      case TAGS.date:
        return new Date(this.#number())
      case TAGS.string:
        return this.#escaped().toString()
      case TAGS.brokenString:
        return this.#escaped().swap16().toString('utf16le')
      case TAGS.bytes:
        return this.#escaped()
      case TAGS.array:
        return this.#array()
      case TAGS.object:
        return this.#object()
      default:
        throw this.#damaged()
    }
  }

  expectEnd(): void {
    if (this.#at !== this.#bytes.length) throw this.#damaged()
  }

  #number(): number {
    const bits = this.#take(8)
    if (bits[0]! >= 0x80) bits[0]! ^= 0x80
    else for (let i = 0; i < 8; i++) bits[i]! ^= 0xff
    return bits.readDoubleBE()
  }

  #bigint(): bigint {
    const length = this.#take(4).readUInt32BE() - ZERO_LENGTH
    const magnitude = this.#take(Math.abs(length))
    if (length < 0) for (let i = 0; i < magnitude.length; i++) magnitude[i]! ^= 0xff
    const value = BigInt(`0x${magnitude.toString('hex')}`)
    return length < 0 ? -value : value
  }

  #escaped(): Buffer {
    const start = this.#at
    let escapes = 0
    for (;;) {
      const zero = this.#bytes.indexOf(TAGS.end, this.#at)
      if (zero < 0) throw this.#damaged()
      this.#at = zero + 1
      if (this.#bytes[this.#at] !== ESCAPE) break
      this.#at++
      escapes++
    }
    const stored = this.#bytes.subarray(start, this.#at - 1)
    if (escapes === 0) return Buffer.from(stored)
    const value = Buffer.alloc(stored.length - escapes)
    for (let from = 0, to = 0; from < stored.length; from++, to++) if ((value[to] = stored[from]!) === TAGS.end) from++
    return value
  }

  #array(): unknown[] {
    const parts: unknown[] = []
    while (!this.#ends()) parts.push(this.part())
    return parts
  }

  #object(): object {
    const object = {}
    while (!this.#ends()) {
      const name = this.part()
      if (typeof name !== 'string') throw this.#damaged()
      // an assignment to __proto__ would set the prototype
      Object.defineProperty(object, name, {value: this.part(), enumerable: true, configurable: true, writable: true})
    }
    return object
  }

  /** Whether an array or object ends here. */
  #ends(): boolean {
    if (this.#bytes[this.#at] !== TAGS.end) return false
    this.#at++
    return true
  }

  #byte(): number {
    return this.#take(1)[0]!
  }

  /** A copy of the next bytes. */
  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw this.#damaged()
    const taken = Buffer.from(this.#bytes.subarray(this.#at, this.#at + length))
    this.#at += length
    return taken
  }

  #damaged(): SluiceError {
    return new SluiceError(
      'ERR_SLUICE_KEY',
      `${this.#bytes.length} bytes are no encoded key: damaged at byte ${this.#at}`,
    )
  }
}
