import {roundedRatio} from './rounded-ratio.ts'

/**
 * The exact sum of numbers and BigInts, as parts that add up to it: so it depends neither on the order of the elements nor on how
 * accumulators are merged, and is rounded once, when it is asked for. Plain data.
 */
export interface ExactSum {
  /** The sum as floating point adds it. */
  sum: number
  /** What rounding has lost so far. */
  lost: number
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
  return {sum: 0, lost: 0, kinds: 0, more: undefined}
}

/** Adds a number. Two additions without rounding: what the first loses is exact, and added to `lost`. */
export function addNumber(to: ExactSum, x: number): void {
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
  to.kinds |= BIG
  moreOf(to).big += x
}

/** Adds one sum to another, which it changes. */
export function addSum(to: ExactSum, other: ExactSum): void {
  to.kinds |= other.kinds
  addParts(to, other.sum)
  addParts(to, other.lost)
  if (other.more === undefined) return
  for (const part of other.more.parts) addParts(to, part)
  const more = moreOf(to)
  more.big += other.more.big
  more.special += other.more.special
}

/** Adds a part of another sum: its kind is known already. */
function addParts(to: ExactSum, part: number): void {
  const {kinds} = to
  addNumber(to, part)
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
function addPart(parts: number[], part: number): void {
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

/** The sum, rounded once to the nearest number. */
export function roundedSum(of: ExactSum): number {
  const {sum, lost, more} = of
  if (more === undefined) return sum + lost
  if (more.special !== 0) return more.special
  return more.big === 0n ? roundParts([...more.parts], lost, sum) : roundedRatio(scaledSum(of), SCALE)
}

/** The sum divided by `n`, rounded once if it is that of integers. */
export function roundedMean(of: ExactSum, n: number): number {
  const integers = (of.kinds & FLOAT) === 0
  if (!integers) return roundedSum(of) / n
  const sum = integerSum(of)
  return typeof sum === 'number' ? sum / n : roundedRatio(sum, BigInt(n))
}

/** The sum of integers: a number if it is a safe integer. */
export function integerSum({sum, lost, more}: ExactSum): number | bigint {
  if (more === undefined && lost === 0 && Number.isSafeInteger(sum)) return sum
  let exact = BigInt(sum) + BigInt(lost) + (more?.big ?? 0n)
  for (const part of more?.parts ?? []) exact += BigInt(part)
  const number = Number(exact)
  return Number.isSafeInteger(number) ? number : exact
}

/** The nearest number to a sum of parts. */
function roundParts(parts: number[], lost: number, sum: number): number {
  addPart(parts, lost)
  addPart(parts, sum)
  let total = parts.pop() ?? 0
  let rest = 0
  while (parts.length > 0 && rest === 0) {
    const before = total
    const y = parts.pop()!
    total = before + y
    rest = y - (total - before)
  }
  // exactly between two numbers, but for what is left: that decides
  const next = parts.at(-1) ?? 0
  if ((rest < 0 && next < 0) || (rest > 0 && next > 0)) {
    const further = total + rest * 2
    if (further - total === rest * 2) return further
  }
  return total
}

/** Every number is a multiple of the smallest one, 2^-1074. */
const SCALE = 1n << 1074n

function scaledSum({sum, lost, more}: ExactSum): bigint {
  let scaled = scale(sum) + scale(lost) + (more?.big ?? 0n) * SCALE
  for (const part of more?.parts ?? []) scaled += scale(part)
  return scaled
}

const bits = new DataView(new ArrayBuffer(8))

function scale(x: number): bigint {
  bits.setFloat64(0, x)
  const exponent = (bits.getUint16(0) >> 4) & 0x7ff
  const fraction = bits.getBigUint64(0) & 0xf_ffff_ffff_ffffn
  const magnitude = exponent === 0 ? fraction : (fraction | 0x10_0000_0000_0000n) << BigInt(exponent - 1)
  return x < 0 ? -magnitude : magnitude
}
