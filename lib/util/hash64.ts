const NUMBERS = 0x2c1b_3c6d
const STRINGS = 0x297a_2d39

const number = new Float64Array(1)
const words = new Uint32Array(number.buffer)

/** A 64-bit hash of a string or a number, in two halves that are overwritten by the next one. Not for secrets, and not to be stored. */
export class Hash64 {
  /** The upper 32 bits, unsigned. */
  high = 0
  /** The lower 32 bits, unsigned. */
  low = 0

  of(value: string | number): void {
    if (typeof value === 'number') {
      number[0] = value
      this.#start(NUMBERS)
      this.#add(words[0]!)
      this.#add(words[1]!)
      this.#finish(2)
    } else {
      this.#start(STRINGS)
      for (let i = 0; i < value.length; i++) this.#add(value.charCodeAt(i))
      this.#finish(value.length)
    }
  }

  #start(seed: number): void {
    this.high = seed
    this.low = ~seed
  }

  /** Rotates before it multiplies: else upper bits would never reach the lower ones. */
  #add(word: number): void {
    this.high = Math.imul(((this.high << 15) | (this.high >>> 17)) ^ word, 0x9e37_79b1)
    this.low = Math.imul(((this.low << 11) | (this.low >>> 21)) + word, 0x85eb_ca77)
  }

  #finish(length: number): void {
    const high = mix((this.high ^ length) + this.low)
    const low = mix(this.low + high)
    this.high = mix(high + low) >>> 0
    this.low = low >>> 0
  }
}

/** Spreads every bit over all 32. */
function mix(word: number): number {
  let x = word
  x = Math.imul(x ^ (x >>> 16), 0x7feb_352d)
  x = Math.imul(x ^ (x >>> 15), 0x846c_a68b)
  return x ^ (x >>> 16)
}
