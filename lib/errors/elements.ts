import {inspect} from 'node:util'
import {printable} from '../util/index.ts'
import {SluiceError} from './sluice-error.ts'
import {show} from './thrown.ts'

/** How many bytes of an element errors and logs show. */
const SHOWN = 1024

/**
 * An element as text for people, in errors and logs: JSON where possible, at most 1,024 bytes of UTF-8, followed by the full
 * size if it was cut. Control characters are escaped.
 *
 * @example
 * elementText({id: 1}) // '{"id":1}'
 */
export function elementText(element: unknown): string {
  return printable(cut(valueText(element)))
}

function cut(text: string): string {
  // no UTF-16 code unit takes more than three bytes
  if (text.length * 3 <= SHOWN) return text
  const bytes = Buffer.byteLength(text)
  if (bytes <= SHOWN) return text
  const head = Buffer.from(text.slice(0, SHOWN)).subarray(0, SHOWN)
  // a character cut in two leaves a replacement character
  return `${head.toString().replace(/\uFFFD+$/, '')}… (${bytes} bytes)`
}

/** A whole value as text for people: JSON if that shows all of it, otherwise the output of `util.inspect`. */
export function valueText(element: unknown): string {
  if (typeof element === 'string') return element
  try {
    if (ArrayBuffer.isView(element)) return inspect(element)
    let exact = true
    const text = JSON.stringify(element, (_key, value: unknown) => {
      if (!isExact(value)) exact = false
      return exact ? value : undefined
    })
    return exact && text !== undefined ? text : inspect(element, {depth: 8, breakLength: Number.POSITIVE_INFINITY})
  } catch {
    return inspected(element)
  }
}

/** A circular object, or one whose own inspection throws. */
function inspected(element: unknown): string {
  try {
    return inspect(element)
  } catch {
    return show(element)
  }
}

/** False for values that JSON shows as something else: NaN as null, a Map as {}. */
function isExact(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value)
    case 'object':
      return value === null || Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]'
    default:
      return typeof value === 'string' || typeof value === 'boolean' || value === undefined
  }
}

/** Removes elements and rows from an error and its causes, except from frozen errors, which cannot be changed. */
export function forgetElements(error: unknown): void {
  for (let each = error; each instanceof SluiceError; each = each.cause) {
    if (Object.isFrozen(each)) continue
    Object.defineProperty(each, 'element', {value: undefined, configurable: true})
    if ('rows' in each) Object.defineProperty(each, 'rows', {value: [], configurable: true})
  }
}
