import type {AnyCombineFn} from './spec.ts'

/** What is known of a key in a window: an accumulator for each combine function, and the sum of the ids of its elements. */
export class Cell {
  /** The key as results carry it. */
  readonly key: unknown
  readonly text: string | number
  accumulators: unknown[]
  idsLo = 0
  idsHi = 0

  constructor(text: string | number, key: unknown, accumulators: unknown[]) {
    this.text = text
    this.key = key
    this.accumulators = accumulators
  }
}

/** Fresh accumulators. */
export function emptyAccumulators(fns: readonly AnyCombineFn[]): unknown[] {
  // of this length from the beginning: an array that grows takes room for 17
  const accumulators = new Array<unknown>(fns.length)
  for (let f = 0; f < fns.length; f++) accumulators[f] = fns[f]!.createAccumulator()
  return accumulators
}

/** What the functions make of their accumulators. */
export function extracted(fns: readonly AnyCombineFn[], accumulators: readonly unknown[]): unknown[] {
  const outputs = new Array<unknown>(fns.length)
  for (let f = 0; f < fns.length; f++) outputs[f] = fns[f]!.extractOutput(accumulators[f])
  return outputs
}
