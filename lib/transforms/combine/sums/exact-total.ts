import {addPart, type ExactSum} from './exact-sum.ts'
import {roundedRatio} from './rounded-ratio.ts'

/** The sum, rounded once to the nearest number. */
export function roundedSum(of: ExactSum): number {
  const {sum, lost, more} = of
  if (more === undefined) return sum + lost
  if (more.special !== 0) return more.special
  return more.big === 0n ? roundParts([...more.parts], lost, sum) : roundedRatio(scaledSum(of), SCALE)
}

/** The sum divided by the number of values, rounded once. */
export function roundedMean(of: ExactSum): number {
  const {sum, lost, n, more} = of
  if (more === undefined && lost === 0) return sum / n
  if (more !== undefined && more.special !== 0) return more.special
  const total = sum + lost
  // whose products would overflow, or lose bits
  const extreme = more !== undefined || Math.abs(total) > 2 ** 900 || Math.abs(total) < 2 ** -900
  return extreme ? roundedRatio(scaledSum(of), SCALE * BigInt(n)) : dividePair(total, lost - (total - sum), n)
}

/** `(high + low) / n`: a quotient, and what it leaves. */
function dividePair(high: number, low: number, n: number): number {
  const quotient = high / n
  // the product in two numbers, from halves whose products are exact (Dekker)
  const [a, b] = halves(quotient)
  const [c, d] = halves(n)
  const product = quotient * n
  const rest = a * c - product + a * d + b * c + b * d
  return quotient + (high - product - rest + low) / n
}

function halves(x: number): readonly [number, number] {
  const shifted = x * (2 ** 27 + 1)
  const upper = shifted - (shifted - x)
  return [upper, x - upper]
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
