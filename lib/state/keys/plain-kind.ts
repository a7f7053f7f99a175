import {types} from 'node:util'

/** What kind of part an object is to a key; undefined for one that a key cannot hold. */
type PlainKind = 'object' | 'array' | 'date' | 'bytes' | undefined

/** How deep a key may nest. */
export const MAX_DEPTH = 500

/** The kind of an object, also of one made in another realm (`node:vm`, a test runner). */
export function plainKind(value: object): PlainKind {
  if (Array.isArray(value)) return 'array'
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return 'object'
  if (types.isUint8Array(value)) return 'bytes'
  // a subclass may hold more than its milliseconds, as Google's PreciseDate does
  if (types.isDate(value)) return isBase(prototype, 'Date') ? 'date' : undefined
  return isBase(prototype, 'Object') ? 'object' : undefined
}

/** Whether a prototype is that of the built-in class of this name, in any realm. */
function isBase(prototype: unknown, name: string): boolean {
  const owner = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown
  if (typeof owner !== 'function' || owner.name !== name) return false
  const above: unknown = Object.getPrototypeOf(prototype)
  return name === 'Object' ? above === null : above !== null && Object.getPrototypeOf(above) === null
}

/** The names of an object's properties in order, without those that are undefined: they count as absent. */
export function sortedNames(value: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(value)
  let sorted = true
  let complete = true
  for (let i = 0; i < names.length; i++) {
    if (i > 0 && names[i - 1]! > names[i]!) sorted = false
    if (value[names[i]!] === undefined) complete = false
  }
  const present = complete ? names : names.filter(name => value[name] !== undefined)
  return sorted ? present : present.sort()
}
