import {types} from 'node:util'
import {messageOf, show} from '../../errors/index.ts'
import {numberText} from '../numbers/exact-number.ts'

type Fields = Readonly<Record<string, unknown>>

/** The JSON form of a value: the text of a scalar, what to write instead, or its parts; or why it has none. */
export type JsonForm =
  | {readonly text: string}
  | {readonly instead: unknown}
  | {readonly items: readonly unknown[]}
  | {readonly fields: Fields}
  | {readonly refusal: string}

/**
 * The one table of values and their JSON forms, for everything that writes JSON: files, standard output, CSV fields,
 * messages, JSON columns of BigQuery. What `JSON.stringify` would turn into `null` or `{}`, or omit, is refused;
 * docs/files.md lists it.
 *
 * @param key the key passed to `toJSON()`; undefined: it has been called already
 */
export function jsonForm(value: unknown, key: string | undefined): JsonForm {
  switch (typeof value) {
    case 'string':
      return {text: JSON.stringify(value)}
    case 'number':
      return Number.isFinite(value) ? {text: numberText(value)} : refuse(`is ${value}, which JSON cannot hold`)
    case 'boolean':
      return {text: String(value)}
    case 'bigint':
      return ownForm(value, key) ?? {text: String(value)}
    case 'object':
      return value === null ? {text: 'null'} : formOfObject(value, key)
    default: {
      const what = typeof value === 'function' ? 'a function' : String(value)
      return refuse(`is ${what}, which JSON cannot hold`)
    }
  }
}

/**
 * True for what `JSON.stringify` writes exactly as {@link jsonForm} does: a quick check that spares most values the slow
 * way. False is not a refusal: it is also returned for a BigInt, and for deep nesting, which may be a value that contains
 * itself.
 */
export function isPlainJson(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      // excludes NaN, infinities, and integers that print inexactly
      return value < 2 ** 53 && value > -(2 ** 53)
    case 'object':
      return value === null || isPlainObject(value, depth + 1)
    default:
      return false
  }
}

const QUICK_DEPTH = 100

function isPlainObject(value: object, depth: number): boolean {
  if (depth > QUICK_DEPTH) return false
  if (Array.isArray(value)) {
    if (hasOwnForm(value)) return false
    for (let i = 0; i < value.length; i++) if (!isPlainJson(value[i], depth)) return false
    return true
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    if (value instanceof Date) return value.toJSON === Date.prototype.toJSON && !Number.isNaN(value.getTime())
    if (!isPlainInstance(value)) return false
  }
  if (hasOwnForm(value)) return false
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key]
    if (typeof field === 'string' || field === undefined) continue
    if (!isPlainJson(field, depth)) return false
  }
  return true
}

/** True for an instance of a user's class that has fields. */
function isPlainInstance(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]' && Object.keys(value).length > 0
}

function hasOwnForm(value: object): boolean {
  return typeof (value as {toJSON?: unknown}).toJSON === 'function'
}

function formOfObject(value: object, key: string | undefined): JsonForm {
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return refuse(`is ${show(value)}: ${BYTES}`)
  const own = ownForm(value, key)
  if (own) return own
  if (Array.isArray(value)) return {items: value}
  if (types.isBoxedPrimitive(value)) return {instead: value.valueOf()}
  return isOpaque(value) ? refuse(`is ${shown(value)}, which would be {} in JSON`) : {fields: value as Fields}
}

/** One line. */
function shown(value: object): string {
  return types.isNativeError(value) ? `an Error (${show(value.message)})` : show(value)
}

const BYTES = "convert it to text with Buffer.from(…).toString('base64'), or to an array of numbers with Array.from(…)"

/**
 * True for an object whose content is not in its own fields: a Map, a Promise, an Error, an instance of a class with only
 * private fields. Errors and the like count even if fields were added to them.
 */
export function isOpaque(value: object): boolean {
  if (Array.isArray(value)) return false
  const tag = Object.prototype.toString.call(value)
  if (BUILT_IN.has(tag)) return true
  if (Object.keys(value).length > 0) return false
  const prototype: object | null = Object.getPrototypeOf(value)
  // `{}`, from this realm or another, and an object without prototype are truly empty
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null
  return !plain || tag !== '[object Object]'
}

const BUILT_IN: ReadonlySet<string> = new Set(
  ['Date', 'Error', 'Map', 'Promise', 'RegExp', 'Set', 'WeakMap', 'WeakRef', 'WeakSet'].map(name => `[object ${name}]`),
)

/** The result of `toJSON()`. Invalid dates of all libraries return null, so that is refused. */
function ownForm(value: object | bigint, key: string | undefined): JsonForm | undefined {
  if (key === undefined) return undefined
  let answer: unknown
  try {
    const {toJSON} = value as {toJSON?: unknown}
    if (typeof toJSON !== 'function') return undefined
    answer = toJSON.call(value, key)
  } catch (error) {
    return refuse(`has a toJSON() that threw: ${messageOf(error)}`)
  }
  if (answer !== null && answer !== undefined) return {instead: answer}
  if (value instanceof Date) return refuse('is an invalid Date')
  return refuse(`is ${show(value)}, whose toJSON() answers ${answer}`)
}

function refuse(refusal: string): JsonForm {
  return {refusal}
}
