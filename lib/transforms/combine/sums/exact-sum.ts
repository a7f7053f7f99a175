/**
 * The exact sum of numbers and BigInts, as parts that add up to it: so it depends neither on the order of the elements nor on how
 * accumulators are merged, and is rounded once, when it is asked for. Plain data.
 */
export interface ExactSum {
  /** The sum as floating point adds it. */
  sum: number
  /** What rounding has lost so far. */
  lost: number
  /** How many numbers and BigInts were added. */
  n: number
  /** {@link FLOAT} and {@link BIG}, for what was added. */
  kinds: number
  /** What the two numbers cannot hold: absent for most data. */
  more: MoreOfSum | undefined
}

interface MoreOfSum {
  /** What rounding has lost of `lost`, by magnitude, without overlap. */
  readonly parts: number[]
  /** The sum of the BigInts, and of numbers too large to be added to one another. */
  big: bigint
  /** Sum of the infinities and NaNs; 0 without any. */
  special: number
}

/** A number that is not a safe integer was added: the sum is a floating point number. */
export const FLOAT = 1
/** A BigInt was added. */
export const BIG = 2

export function emptySum(): ExactSum {
  return {sum: 0, lost: 0, n: 0, kinds: 0, more: undefined}
}

/** Adds a number. Two additions without rounding: what the first loses is exact, and added to `lost`. */
export function addNumber(to: ExactSum, x: number): void {
  to.n++
  if (!Number.isSafeInteger(x)) to.kinds |= FLOAT
  const before = to.sum
  const sum = before + x
  const seen = sum - before
  const lost = before - (sum - seen) + (x - seen)
  if (lost === 0) to.sum = sum
  else if (lost - lost === 0) {
    to.sum = sum
    addLost(to, lost)
  } else addExtreme(to, x)
}

export function addBigInt(to: ExactSum, x: bigint): void {
  to.n++
  to.kinds |= BIG
  moreOf(to).big += x
}

/** Adds one sum to another, which it changes. */
function addSum(to: ExactSum, other: ExactSum): void {
  const n = to.n + other.n
  const kinds = to.kinds | other.kinds
  addNumber(to, other.sum)
  addNumber(to, other.lost)
  if (other.more !== undefined) {
    for (const part of other.more.parts) addNumber(to, part)
    const more = moreOf(to)
    more.big += other.more.big
    more.special += other.more.special
  }
  to.n = n
  to.kinds = kinds
}

function addLost(to: ExactSum, x: number): void {
  const before = to.lost
  const sum = before + x
  const seen = sum - before
  const lost = before - (sum - seen) + (x - seen)
  to.lost = sum
  if (lost !== 0) addPart(moreOf(to).parts, lost)
}

/** Adds to a list of numbers that do not overlap, by magnitude (Shewchuk's grow-expansion, without zeros). */
export function addPart(parts: number[], part: number): void {
  let x = part
  let kept = 0
  for (let i = 0; i < parts.length; i++) {
    const y = parts[i]!
    const sum = x + y
    const seen = sum - x
    const lost = x - (sum - seen) + (y - seen)
    if (lost !== 0) parts[kept++] = lost
    x = sum
  }
  parts.length = kept
  if (x !== 0) parts.push(x)
}

/** Adds an infinity, NaN, or a number that would make the sum infinite: it or the sum is a whole number beyond 2^1022 then. */
function addExtreme(to: ExactSum, x: number): void {
  const more = moreOf(to)
  if (!Number.isFinite(x)) more.special += x
  else if (Math.abs(x) > Math.abs(to.sum)) more.big += BigInt(x)
  else {
    more.big += BigInt(to.sum)
    to.sum = x
  }
}

function moreOf(to: ExactSum): MoreOfSum {
  to.more ??= {parts: [], big: 0n, special: 0}
  return to.more
}

/** One sum of several. */
export function mergeSums(sums: Iterable<ExactSum>): ExactSum {
  const merged = emptySum()
  for (const each of sums) addSum(merged, each)
  return merged
}
