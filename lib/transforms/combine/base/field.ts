import {badOption} from '../../../errors/index.ts'

/** Reads a field of an element; without `field` the element itself. */
export function readerOf(where: string, field: unknown): (element: never) => unknown {
  if (field === undefined) return (element: unknown) => element
  if (typeof field === 'function') return field as (element: never) => unknown
  if (typeof field !== 'string' || field === '')
    throw badOption(where, 'field', field, "the name of a property ('amount'), or a function of the element")
  return (element: Readonly<Record<string, unknown>>) => element[field]
}
