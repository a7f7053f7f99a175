import {combineError} from './combine-error.ts'

/** What has an order: numbers and BigInts by value, Dates by time, strings by UTF-16 code units as `<` does, false before true. */
export type Comparable = number | bigint | string | boolean | Date

/** Values of one kind can be compared. */
export type Kind = 'number' | 'string' | 'boolean' | 'Date'

/** The kind of a value that is neither null nor undefined. */
export function kindOf(where: string, value: unknown): Kind {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return 'number'
    case 'string':
    case 'boolean':
      return typeof value as Kind
    default:
      if (value instanceof Date && !Number.isNaN(value.getTime())) return 'Date'
      throw combineError(where, value, 'numbers, BigInts, strings, booleans or valid Dates')
  }
}

/** Throws for values of two kinds. */
export function checkKind(where: string, kind: Kind | undefined, given: Kind, value: unknown): void {
  if (kind !== undefined && kind !== given)
    throw combineError(where, value, `values of one kind: it is a ${given} among ${kind}s`)
}

/** Compares two values of one kind: NaN comes first; 0 and -0, and 1 and 1n, are equal. */
export function compareValues(a: unknown, b: unknown): number {
  if ((a as number) < (b as number)) return -1
  if ((a as number) > (b as number)) return 1
  return rankOfNaN(a) - rankOfNaN(b)
}

function rankOfNaN(value: unknown): number {
  return typeof value === 'number' && Number.isNaN(value) ? 0 : 1
}

/** 0 for -0. */
export function withoutMinusZero(value: unknown): unknown {
  return value === 0 ? 0 : value
}
