import {combineError} from '../base/combine-error.ts'
import {addBigInt, addNumber, type ExactSum} from './exact-sum.ts'

/** A number to add up, or nothing. */
export type Summand = number | bigint | null | undefined

/** Adds a value to a sum. */
export function addSummand(to: ExactSum, value: unknown, where: string): void {
  if (typeof value === 'number') addNumber(to, value)
  else if (typeof value === 'bigint') addBigInt(to, value)
  else if (value !== null && value !== undefined)
    throw combineError(where, value, 'numbers or BigInts (null and undefined are ignored): convert it before')
}
