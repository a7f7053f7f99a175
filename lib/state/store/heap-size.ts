/** What V8 takes for an object or array without anything in it, bytes. */
const OBJECT = 32
/** A field, an item, or a number that needs no object of its own. */
const SLOT = 8
const STRING = 24
const HEAP_NUMBER = 16
/** An entry of a Map or Set beside what it refers to. */
const ENTRY = 48
const DEEPEST = 8
const SAMPLE = 16

/** About how many bytes of heap a plain value takes. */
export function heapSize(value: unknown, depth = 0): number {
  if (typeof value === 'string') return STRING + value.length
  if (typeof value === 'number') return Number.isInteger(value) ? SLOT : SLOT + HEAP_NUMBER
  if (typeof value !== 'object' || value === null) return SLOT
  if (depth > DEEPEST) return OBJECT
  if (Array.isArray(value)) return OBJECT + arraySize(value, depth)
  if (ArrayBuffer.isView(value)) return OBJECT + value.byteLength
  if (value instanceof Map) {
    let size = OBJECT
    for (const [key, member] of value) size += ENTRY + heapSize(key, depth + 1) + heapSize(member, depth + 1)
    return size
  }
  if (value instanceof Set) {
    let size = OBJECT
    for (const member of value) size += ENTRY + heapSize(member, depth + 1)
    return size
  }
  let size = OBJECT
  for (const key in value) size += SLOT + heapSize((value as Record<string, unknown>)[key], depth + 1)
  return size
}

/** A long array is measured by some of its items. */
function arraySize(items: readonly unknown[], depth: number): number {
  const step = Math.max(1, Math.floor(items.length / SAMPLE))
  let size = 0
  let measured = 0
  for (let i = 0; i < items.length; i += step, measured++) size += SLOT + heapSize(items[i], depth + 1)
  return measured === 0 ? 0 : Math.ceil((size / measured) * items.length)
}

/** About how many bytes of heap these values take together, measured by some of them. */
export function heapSizeOf(values: readonly unknown[]): number {
  return arraySize(values, 0)
}
