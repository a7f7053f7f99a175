import {SluiceError} from '../../errors/index.ts'

/** Builds a view from elements, one at a time. */
export interface SideFold<E, T> {
  add(element: E): void
  /** Called once, after the last element. */
  result(): T
}

/** The error for a side input that cannot be built; `where` names the step and the side input. */
export function sideError(where: SideName, problem: string, element?: unknown): SluiceError {
  return new SluiceError('ERR_SLUICE_SIDE_INPUT', `${where.text}: ${problem}`, {stage: where.stage, element})
}

/** The side input and its stage, for error messages. */
export interface SideName {
  readonly stage: string
  /** `Enrich: side input 'rates'`. */
  readonly text: string
}
