const POLYNOMIAL = 0x82f63b78
const SLICES = 16

/** `TABLES[k * 256 + b]` is the checksum state that byte `b` leaves after `k` further zero bytes. */
const TABLES = makeTables()

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let state = byte
    for (let bit = 0; bit < 8; bit++) state = state & 1 ? (state >>> 1) ^ POLYNOMIAL : state >>> 1
    tables[byte] = state
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!
    tables[at] = (before >>> 8) ^ tables[before & 0xff]!
  }
  return tables
}

/**
 * CRC32C (Castagnoli), the checksum that Cloud Storage keeps for every object; Node's `zlib.crc32` is a different one.
 *
 * @example
 * new Crc32c().update(Buffer.from('123456789')).digest() // 0xe3069283
 */
export class Crc32c {
  #state = -1

  /** Adds bytes; chunks may be cut anywhere. */
  update(bytes: Uint8Array): this {
    const table = TABLES
    const end = bytes.length
    const blocks = end - (end % SLICES)
    let state = this.#state
    let at = 0
    // sixteen bytes per iteration through sixteen tables: unlike byte by byte, the lookups do not depend on each other
    while (at < blocks) {
      state ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
      state =
        table[0xf00 | (state & 0xff)]! ^
        table[0xe00 | ((state >>> 8) & 0xff)]! ^
        table[0xd00 | ((state >>> 16) & 0xff)]! ^
        table[0xc00 | (state >>> 24)]! ^
        table[0xb00 | bytes[at + 4]!]! ^
        table[0xa00 | bytes[at + 5]!]! ^
        table[0x900 | bytes[at + 6]!]! ^
        table[0x800 | bytes[at + 7]!]! ^
        table[0x700 | bytes[at + 8]!]! ^
        table[0x600 | bytes[at + 9]!]! ^
        table[0x500 | bytes[at + 10]!]! ^
        table[0x400 | bytes[at + 11]!]! ^
        table[0x300 | bytes[at + 12]!]! ^
        table[0x200 | bytes[at + 13]!]! ^
        table[0x100 | bytes[at + 14]!]! ^
        table[bytes[at + 15]!]!
      at += SLICES
    }
    for (; at < end; at++) state = (state >>> 8) ^ table[(state ^ bytes[at]!) & 0xff]!
    this.#state = state
    return this
  }

  /** The checksum of the bytes so far, as an unsigned 32-bit number; more may be added afterwards. */
  digest(): number {
    return ~this.#state >>> 0
  }

  /** The checksum as Cloud Storage writes it: four bytes, big-endian, in base64. */
  base64(): string {
    const bytes = Buffer.allocUnsafe(4)
    bytes.writeUInt32BE(this.digest())
    return bytes.toString('base64')
  }
}
