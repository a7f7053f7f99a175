import type {Bits} from './bits.ts'
import {PrefixCodes} from './prefix-codes.ts'

/** Number of symbols for which one table of codes is used, before the next selector. */
const GROUP = 50
const RUN_A = 0
const RUN_B = 1

/** Decodes the blocks of a stream; holds the memory for one block. */
export class BlockDecoder {
  readonly #size: number
  /** While a block is read: its bytes, sorted. Then: for each place its byte, and in the bits above it the next place. */
  readonly #table: Uint32Array

  /** @param size the most bytes that a block may have before its runs are expanded */
  constructor(size: number) {
    this.#size = size
    this.#table = new Uint32Array(size)
  }

  /** Decodes the block whose mark and checksum have been read. */
  decode(bits: Bits): Buffer {
    if (bits.read(1) === 1) throw new Error('a block of bzip2 before 0.9.5, which is not supported')
    const origin = bits.read(24)
    const length = this.#readSymbols(bits)
    if (origin >= length) throw new Error('a block whose start lies outside it')
    this.#link(length)
    return this.#unsorted(origin, length)
  }

  #readSymbols(bits: Bits): number {
    const recent = usedBytes(bits)
    const alphabet = recent.length + 2
    const {selectors, tables} = codeTables(bits, alphabet)
    const table = this.#table
    const size = this.#size
    let length = 0
    let run = 0
    let weight = 1
    for (let group = 0; ; group++) {
      const codes = tables[selectors[group] ?? tables.length]
      if (!codes) throw new Error('more symbols than selectors')
      for (let i = 0; i < GROUP; i++) {
        const symbol = codes.read(bits)
        if (symbol === RUN_A || symbol === RUN_B) {
          run += weight << symbol
          weight *= 2
          if (run > size) throw new Error('a block that is too long')
          continue
        }
        if (run > 0) {
          if (length + run > size) throw new Error('a block that is too long')
          table.fill(recent[0]!, length, length + run)
          length += run
          run = 0
          weight = 1
        }
        if (symbol === alphabet - 1) return length
        if (length >= size) throw new Error('a block that is too long')
        const byte = recent[symbol - 1]!
        recent.copyWithin(1, 0, symbol - 1)
        recent[0] = byte
        table[length++] = byte
      }
    }
  }

  /** Puts the next place in the bits above each byte: the inverse of the Burrows-Wheeler transform. */
  #link(length: number): void {
    const table = this.#table
    const places = new Int32Array(256)
    for (let i = 0; i < length; i++) places[table[i]! & 0xff]!++
    let total = 0
    for (let byte = 0; byte < 256; byte++) {
      const count = places[byte]!
      places[byte] = total
      total += count
    }
    for (let i = 0; i < length; i++) {
      const place = places[table[i]! & 0xff]!++
      table[place] = (table[place]! & 0xff) | (i << 8)
    }
  }

  /** The bytes in their original order. After four equal bytes comes the number of further ones. */
  #unsorted(origin: number, length: number): Buffer {
    const table = this.#table
    let out = Buffer.allocUnsafeSlow(length + 256)
    let at = 0
    let run = 0
    let last = -1
    let place = table[origin]! >>> 8
    for (let i = 0; i < length; i++) {
      const entry = table[place]!
      const byte = entry & 0xff
      place = entry >>> 8
      if (out.length - at < 256) out = Buffer.concat([out], 2 * out.length)
      if (run === 4) {
        out.fill(last, at, at + byte)
        at += byte
        run = 0
        last = -1
        continue
      }
      run = byte === last ? run + 1 : 1
      last = byte
      out[at++] = byte
    }
    return out.subarray(0, at)
  }
}

/** The bytes that occur in a block, in ascending order. */
function usedBytes(bits: Bits): Uint8Array {
  const used: number[] = []
  const rows = bits.read(16)
  for (let row = 0; row < 16; row++) {
    if ((rows & (0x8000 >> row)) === 0) continue
    const columns = bits.read(16)
    for (let column = 0; column < 16; column++) if (columns & (0x8000 >> column)) used.push(16 * row + column)
  }
  if (used.length === 0) throw new Error('a block without bytes')
  return Uint8Array.from(used)
}

function codeTables(bits: Bits, alphabet: number): {selectors: Uint8Array; tables: PrefixCodes[]} {
  const count = bits.read(3)
  if (count < 2 || count > 6) throw new Error('an invalid number of tables')
  const selectors = new Uint8Array(bits.read(15))
  const recent = Array.from({length: count}, (_, i) => i)
  for (let i = 0; i < selectors.length; i++) {
    let place = 0
    while (bits.read(1) === 1) if (++place >= count) throw new Error('a selector without a table')
    recent.unshift(...recent.splice(place, 1))
    selectors[i] = recent[0]!
  }
  const tables: PrefixCodes[] = []
  for (let i = 0; i < count; i++) tables.push(new PrefixCodes(codeLengths(bits, alphabet)))
  return {selectors, tables}
}

/** Each length is encoded as its difference from the one before. */
function codeLengths(bits: Bits, alphabet: number): Uint8Array {
  const lengths = new Uint8Array(alphabet)
  let length = bits.read(5)
  for (let symbol = 0; symbol < alphabet; symbol++) {
    for (;;) {
      if (length < 1 || length > 20) throw new Error('a code of invalid length')
      if (bits.read(1) === 0) break
      length += bits.read(1) === 0 ? 1 : -1
    }
    lengths[symbol] = length
  }
  return lengths
}
