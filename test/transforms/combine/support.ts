import type {CombineFn} from '../../../lib/transforms/index.ts'

/** What one accumulator makes of elements. */
export function combined<I, A, O>(fn: CombineFn<I, A, O>, elements: readonly I[], timestamps?: readonly number[]): O {
  return fn.extractOutput(accumulated(fn, elements, timestamps))
}

export function accumulated<I, A, O>(
  fn: CombineFn<I, A, O>,
  elements: readonly I[],
  timestamps?: readonly number[],
): A {
  let accumulator = fn.createAccumulator()
  elements.forEach((element, i) => {
    accumulator = fn.addInput(accumulator, element, timestamps?.[i] ?? i)
  })
  return accumulator
}

/** Numbers are multiples of 2^-1074: this many of them. */
export function inUnits(x: number): bigint {
  let exponent = 0
  let mantissa = x
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2
    exponent++
  }
  return BigInt(mantissa) << BigInt(1074 - exponent)
}

/** The exact sum, in units of 2^-1074. */
export function exactSum(values: readonly number[]): bigint {
  return values.reduce((sum, x) => sum + inUnits(x), 0n)
}

/** Whether no other number is nearer to `exact`, in units of 2^-1074 divided by `divisor`. */
export function isNearest(x: number, exact: bigint, divisor = 1n): boolean {
  if (!Number.isFinite(x)) {
    // from half a unit beyond the largest number on
    const limit = inUnits(Number.MAX_VALUE) + (1n << (970n + 1074n))
    return (x > 0 ? exact : -exact) >= limit * divisor
  }
  const distance = (y: number) => {
    const d = inUnits(y) * divisor - exact
    return d < 0n ? -d : d
  }
  return [next(x, 1), next(x, -1)].filter(Number.isFinite).every(y => distance(x) <= distance(y))
}

/** The neighbour of a number above or below it. */
function next(x: number, direction: 1 | -1): number {
  if (x === 0) return direction * Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, x)
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(x > 0 ? direction : -direction))
  return view.getFloat64(0)
}
