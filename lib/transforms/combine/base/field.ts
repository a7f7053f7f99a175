import {badOption} from '../../../errors/index.ts'

/** Adds a value to an accumulator; it is that of an element. */
type AddValue<A> = (accumulator: A, value: unknown, timestamp: number, element: unknown) => A

/** Adds an element to an accumulator. */
type AddInput<A> = (accumulator: A, element: never, timestamp: number) => A

type Compile = <A>(add: AddValue<A>, read: unknown) => AddInput<A>

/**
 * The `addInput` of a combine function: takes the field of an element (without `field` the element itself) and adds it.
 *
 * It is compiled anew for each function: a closure would share what V8 learns with those of all other fields, so that reading a field
 * would look its name up, and a number would take 16 bytes on its way.
 */
export function addInputOf<A>(where: string, field: unknown, add: AddValue<A>): AddInput<A> {
  const read = readerOf(where, field)
  const value = typeof field === 'string' ? `element[${JSON.stringify(field)}]` : field ? 'read(element)' : 'element'
  const interpreted: AddInput<A> = (accumulator, element, at) => add(accumulator, read(element), at, element)
  return compiled(value)?.(add, read) ?? interpreted
}

/** Reads a field of an element; without `field` the element itself. */
export function readerOf(where: string, field: unknown): (element: never) => unknown {
  if (field === undefined) return element => element
  if (typeof field === 'function') return field as (element: never) => unknown
  if (typeof field !== 'string' || field === '')
    throw badOption(where, 'field', field, "the name of a property ('amount'), or a function of the element")
  return element => element[field]
}

/** Makes each code different: V8 shares what it learns among equal ones. */
let serial = 0

/** Undefined where code cannot be compiled (`--disallow-code-generation-from-strings`). */
function compiled(value: string): Compile | undefined {
  try {
    return new Function(
      'add',
      'read',
      `return (accumulator, element, timestamp) => add(accumulator, ${value}, timestamp, element) // ${++serial}`,
    ) as Compile
  } catch {
    return undefined
  }
}
