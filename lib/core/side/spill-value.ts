import {types} from 'node:util'
import {serialize} from 'node:v8'

/** What a value is that does not come back from disk as it was: `row.customer is a Customer`; undefined if all of it does. */
export function unspillable(value: unknown, path: string, seen = new Set<object>()): string | undefined {
  if (typeof value === 'function') return `${path} is a function`
  if (typeof value === 'symbol') return `${path} is a symbol`
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
  seen.add(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (Array.isArray(value) || prototype === Object.prototype || prototype === null) return inFields(value, path, seen)
  if (prototype === Map.prototype) {
    for (const [key, member] of value as Map<unknown, unknown>) {
      const found = unspillable(key, `a key of ${path}`, seen) ?? unspillable(member, `a value of ${path}`, seen)
      if (found) return found
    }
    return undefined
  }
  if (prototype === Set.prototype) {
    for (const member of value as Set<unknown>) {
      const found = unspillable(member, `a member of ${path}`, seen)
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
    const found = unspillable(member, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, seen)
    if (found) return found
  }
  return undefined
}

const SAMPLE = 16
/** What a value is taken for that cannot be measured, bytes. */
const GUESS = 1024

/** About how many bytes values take on disk: measured on a few of them. */
export function sizeOfValues(values: readonly unknown[]): number {
  const step = Math.max(1, Math.floor(values.length / SAMPLE))
  const sample: unknown[] = []
  for (let i = 0; i < values.length; i += step) sample.push(values[i])
  if (sample.length === 0) return 0
  let bytes = GUESS * sample.length
  try {
    bytes = serialize(sample).byteLength
  } catch {}
  return Math.ceil((bytes / sample.length) * values.length)
}
