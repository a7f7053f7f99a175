/** Random numbers from 0 to below 1, always the same for a seed: the splitmix32 generator. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e37_79b9) | 0
    return mix32(state) / 0x1_0000_0000
  }
}

/** A 32-bit number whose every bit depends on all bits of the given one; unsigned. */
export function mix32(word: number): number {
  let x = word
  x = Math.imul(x ^ (x >>> 16), 0x21f0_aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a_2d97)
  return (x ^ (x >>> 15)) >>> 0
}
