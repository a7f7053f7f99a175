import {MIN_TIMESTAMP} from '../../../core/index.ts'
import type {Cell} from './cell.ts'
import {ElementError} from './element-error.ts'
import type {AnyCombineFn} from './spec.ts'

/** Elements and the cells that they go into. */
interface Assigned {
  readonly cells: readonly Cell[]
  /** The index of each one's element. */
  readonly elements: ArrayLike<number>
  readonly size: number
  /** What the combine functions get of each element. */
  readonly inputs: readonly unknown[]
  readonly timestamps: Float64Array | undefined
}

/** Adds the elements to accumulator `f` of their cells: one loop for each function, so that the call in it stays fast. */
export function accumulate(fn: AnyCombineFn, f: number, {cells, elements, size, inputs, timestamps}: Assigned): void {
  let k = 0
  try {
    for (; k < size; k++) {
      const {accumulators} = cells[k]!
      const i = elements[k]!
      const timestamp = timestamps === undefined ? MIN_TIMESTAMP : timestamps[i]!
      accumulators[f] = fn.addInput(accumulators[f], inputs[i], timestamp)
    }
  } catch (error) {
    throw new ElementError(error, elements[k]!)
  }
}
