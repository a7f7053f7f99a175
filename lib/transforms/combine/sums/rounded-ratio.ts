/** The number nearest to a fraction of integers; `divisor` is positive. */
export function roundedRatio(dividend: bigint, divisor: bigint): number {
  if (dividend < 0n) return -roundedRatio(-dividend, divisor)
  // a quotient of about 64 bits, or of whole multiples of the smallest number
  const places = Math.min(64 - (bitLength(dividend) - bitLength(divisor)), 1074)
  const [over, under] = places >= 0 ? [dividend << BigInt(places), divisor] : [dividend, divisor << BigInt(-places)]
  const quotient = over / under
  const rest = over % under
  const rounded =
    quotient < 1n << 53n
      ? quotient + (rest * 2n > under || (rest * 2n === under && quotient % 2n === 1n) ? 1n : 0n)
      : quotient | (rest === 0n ? 0n : 1n)
  // the factor may be beyond the range of numbers although the product is not
  const half = Math.trunc(-places / 2)
  return Number(rounded) * 2 ** half * 2 ** (-places - half)
}

/** The number of bits of a positive integer, up to three too many. */
function bitLength(n: bigint): number {
  return n.toString(16).length * 4
}
