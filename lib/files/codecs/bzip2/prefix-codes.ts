import type {Bits} from './bits.ts'

/** The longest code that the format allows. */
const LONGEST = 20
/** Codes of up to this many bits are looked up in one step. */
const FAST = 10

/** The prefix codes of one table of a block: canonical, from the lengths of the codes of all symbols. */
export class PrefixCodes {
  /** For each prefix of {@link FAST} bits: symbol and length of the code, or 0 for a longer code. */
  readonly #fast = new Uint16Array(1 << FAST)
  /** By length: the first code, the first place in `symbols`, and how many there are. */
  readonly #first = new Int32Array(LONGEST + 2)
  readonly #offset = new Int32Array(LONGEST + 2)
  readonly #counts = new Int32Array(LONGEST + 2)
  readonly #symbols: Uint16Array

  constructor(lengths: Uint8Array) {
    this.#symbols = new Uint16Array(lengths.length)
    for (const length of lengths) this.#counts[length]!++
    let code = 0
    let place = 0
    for (let length = 1; length <= LONGEST; length++) {
      this.#first[length] = code
      this.#offset[length] = place
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue
        this.#symbols[place++] = symbol
        if (length <= FAST)
          this.#fast.fill((symbol << 5) | length, code << (FAST - length), (code + 1) << (FAST - length))
        code++
      }
      code <<= 1
    }
  }

  /** Reads a symbol. */
  read(bits: Bits): number {
    bits.prepare()
    const known = this.#fast[bits.peek(FAST)]!
    if (known !== 0) {
      bits.skip(known & 31)
      return known >> 5
    }
    for (let length = FAST + 1; length <= LONGEST; length++) {
      const index = bits.peek(length) - this.#first[length]!
      if (index < 0 || index >= this.#counts[length]!) continue
      bits.skip(length)
      return this.#symbols[this.#offset[length]! + index]!
    }
    // only at the end of the input are there too few bits for the longest code
    bits.skip(LONGEST)
    throw new Error('an unassigned code')
  }
}
