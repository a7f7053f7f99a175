import {types} from 'node:util'

/** Names the part of a value that would not survive a round trip through disk: `row.customer is a Customer`; undefined if none. */
export function notPlain(value: unknown, path: string, seen = new Set<object>()): string | undefined {
  if (typeof value === 'function') return `${path} is a function`
  if (typeof value === 'symbol') return `${path} is a symbol`
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
  seen.add(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (Array.isArray(value) || prototype === Object.prototype || prototype === null) return inFields(value, path, seen)
  if (prototype === Map.prototype) {
    for (const [key, member] of value as Map<unknown, unknown>) {
      const found = notPlain(key, `a key of ${path}`, seen) ?? notPlain(member, `a value of ${path}`, seen)
      if (found) return found
    }
    return undefined
  }
  if (prototype === Set.prototype) {
    for (const member of value as Set<unknown>) {
      const found = notPlain(member, `a member of ${path}`, seen)
      if (found) return found
    }
    return undefined
  }
  const plain =
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    prototype === Date.prototype ||
    prototype === RegExp.prototype ||
    types.isBoxedPrimitive(value)
  return plain
    ? undefined
    : `${path} is a ${(prototype as {constructor?: {name?: string}}).constructor?.name || 'class instance'}`
}

function inFields(value: object, path: string, seen: Set<object>): string | undefined {
  for (const [key, member] of Object.entries(value)) {
    const found = notPlain(member, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, seen)
    if (found) return found
  }
  return undefined
}
