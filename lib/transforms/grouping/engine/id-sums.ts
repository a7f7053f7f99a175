import {DerivedIds, type Ids, OffsetIds, PrefixedIds, SequenceIds} from '../../../core/index.ts'

/** A decimal integer that a double holds exactly: such an id hashes like the number. */
const INTEGER = /^(?:0|[1-9]\d{0,14})$/

/**
 * A hash of 64 bits of each id of a bundle, as two integers of 32 bits. Added up, in any order, they stand for the set of elements in
 * a pane. An id has the same hash however it travels: as a number or as text, cut or joined with others.
 */
export class IdSums {
  lo: Int32Array = new Int32Array(1024)
  hi: Int32Array = new Int32Array(1024)
  #prefix: string | undefined
  #seedLo = 0
  #seedHi = 0

  /** Hashes the ids of the first `size` values. */
  read(ids: Ids, size: number): void {
    if (size > this.lo.length) {
      this.lo = new Int32Array(size)
      this.hi = new Int32Array(size)
    }
    if (ids.prefix !== this.#prefix) this.#seed(ids.prefix)
    let base = ids
    let at: ArrayLike<number> | undefined
    for (;;) {
      if (base instanceof DerivedIds && base.ordinals === undefined) {
        const {parents} = base
        if (parents) at = at === undefined ? parents : Array.from({length: size}, (_, i) => parents[at![i]!]!)
        base = base.parent
      } else if (base instanceof PrefixedIds) base = base.parent
      else break
    }
    if (base instanceof OffsetIds) {
      const {offsets} = base
      for (let i = 0; i < size; i++) this.#number(i, offsets[at === undefined ? i : at[i]!]!)
    } else if (base instanceof SequenceIds) {
      const {start} = base
      for (let i = 0; i < size; i++) this.#number(i, start + (at === undefined ? i : at[i]!))
    } else for (let i = 0; i < size; i++) this.#text(i, base.at(at === undefined ? i : at[i]!))
  }

  #number(i: number, id: number): void {
    const low = id | 0
    const high = (id / 0x1_0000_0000) | 0
    this.lo[i] = mix(low ^ this.#seedLo, high)
    this.hi[i] = mix(Math.imul(low, 0x2c1b_3c6d) ^ this.#seedHi, high ^ this.#seedLo)
  }

  #text(i: number, id: string): void {
    if (id.length < 16 && INTEGER.test(id)) return this.#number(i, Number(id))
    let a = this.#seedLo
    let b = this.#seedHi
    for (let k = 0; k < id.length; k++) {
      const code = id.charCodeAt(k)
      a = Math.imul(a ^ code, 0x0100_0193)
      b = Math.imul(b + code, 0x85eb_ca6b) ^ (b >>> 13)
    }
    this.lo[i] = mix(a, id.length)
    this.hi[i] = mix(b, a)
  }

  #seed(prefix: string): void {
    this.#prefix = prefix
    let [a, b] = [0x811c_9dc5 | 0, 0x9e37_79b1 | 0]
    for (let k = 0; k < prefix.length; k++) {
      const code = prefix.charCodeAt(k)
      a = Math.imul(a ^ code, 0x0100_0193)
      b = Math.imul(b + code, 0x85eb_ca6b) ^ (b >>> 13)
    }
    this.#seedLo = a
    this.#seedHi = b
  }
}

/** Spreads two integers of 32 bits over one. */
function mix(a: number, b: number): number {
  let h = Math.imul(a ^ (a >>> 15), 0x85eb_ca77)
  h = Math.imul(h ^ (h >>> 13) ^ b, 0xc2b2_ae3d)
  return h ^ (h >>> 16)
}
