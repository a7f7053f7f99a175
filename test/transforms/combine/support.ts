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
