/**
 * Which hashes have been seen: all of them as long as they are few, then for each of 2^precision registers the longest run of zeros
 * (HyperLogLog). Plain data.
 */
export interface HyperLogLog {
  /** Hashes of 53 bits. */
  few: Set<number> | undefined
  registers: Uint8Array | undefined
}

/** Bits of a hash that a number holds exactly. */
const HASH_BITS = 53

export function emptySketch(): HyperLogLog {
  return {few: new Set(), registers: undefined}
}

/** Adds the hash of a value, from its upper and its lower 32 bits. */
export function addHash(to: HyperLogLog, high: number, low: number, precision: number): void {
  if (to.few === undefined)
    return note(to.registers!, high * 2 ** (HASH_BITS - 32) + (low >>> (64 - HASH_BITS)), precision)
  to.few.add(high * 2 ** (HASH_BITS - 32) + (low >>> (64 - HASH_BITS)))
  if (to.few.size > mostFew(precision)) toRegisters(to, precision)
}

/** Adds what another sketch has seen. */
export function addSketch(to: HyperLogLog, other: HyperLogLog, precision: number): void {
  if (other.few !== undefined) {
    for (const hash of other.few) {
      if (to.few === undefined) note(to.registers!, hash, precision)
      else if (to.few.add(hash).size > mostFew(precision)) toRegisters(to, precision)
    }
    return
  }
  const registers = to.registers ?? toRegisters(to, precision)
  other.registers!.forEach((run, i) => {
    if (run > registers[i]!) registers[i] = run
  })
}

/** The number of hashes: exact while they are few, then Ertl's improved estimate, which needs no correction for its range. */
export function estimate({few, registers}: HyperLogLog): number {
  if (few !== undefined) return few.size
  const m = registers!.length
  const runs = HASH_BITS - Math.log2(m)
  const counts = new Uint32Array(runs + 2)
  for (const run of registers!) counts[run]!++
  let z = m * tau(1 - counts[runs + 1]! / m)
  for (let k = runs; k >= 1; k--) z = 0.5 * (z + counts[k]!)
  z += m * sigma(counts[0]! / m)
  return Math.round((m * m) / (2 * Math.LN2 * z))
}

/** How many hashes are kept as they are: they take less memory than the registers, or not much more. */
function mostFew(precision: number): number {
  return Math.max(4, 2 ** precision / 64)
}

function toRegisters(sketch: HyperLogLog, precision: number): Uint8Array {
  const registers = new Uint8Array(2 ** precision)
  for (const hash of sketch.few!) note(registers, hash, precision)
  sketch.few = undefined
  sketch.registers = registers
  return registers
}

/** Notes the position of the first one bit behind the upper `precision` bits, which select the register. */
function note(registers: Uint8Array, hash: number, precision: number): void {
  const bits = HASH_BITS - precision
  const index = Math.floor(hash / 2 ** bits)
  const rest = hash - index * 2 ** bits
  const upper = Math.floor(rest / 0x1_0000_0000)
  const length = upper > 0 ? 64 - Math.clz32(upper) : 32 - Math.clz32(rest >>> 0)
  const run = bits - length + 1
  if (run > registers[index]!) registers[index] = run
}

function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY
  let [power, factor, sum, before] = [x, 1, x, Number.NaN]
  while (sum !== before) {
    power *= power
    before = sum
    sum += power * factor
    factor += factor
  }
  return sum
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0
  let [root, factor, sum, before] = [x, 1, 1 - x, Number.NaN]
  while (sum !== before) {
    root = Math.sqrt(root)
    before = sum
    factor *= 0.5
    sum -= (1 - root) ** 2 * factor
  }
  return sum / 3
}
