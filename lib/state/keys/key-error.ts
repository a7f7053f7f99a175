import {SluiceError, show} from '../../errors/index.ts'
import {MAX_DEPTH, plainKind} from './plain-kind.ts'

/** Thrown at the part of a key that cannot be encoded, and turned into a {@link keyError} for the whole key. */
export const UNENCODABLE = Symbol('unencodable')

const FIX =
  'A key holds null, undefined, booleans, numbers, BigInts, strings, Dates, bytes, and arrays and plain objects of these'

/** The error for a key that cannot be encoded: names the first part of it that is to blame. */
export function keyError(key: unknown): SluiceError {
  const {path, problem, fix = ''} = findFault(key, 'key', []) ?? {path: 'key', problem: 'cannot be encoded'}
  return new SluiceError(
    'ERR_SLUICE_KEY',
    `${path === 'key' ? 'the key' : path} ${problem}. ${FIX}${fix && `: ${fix}`}`,
  )
}

interface Fault {
  readonly path: string
  readonly problem: string
  readonly fix?: string
}

function findFault(value: unknown, path: string, above: readonly object[]): Fault | undefined {
  if (typeof value === 'function') return {path, problem: `is a function (${show(value)})`}
  if (typeof value === 'symbol') return {path, problem: `is a symbol (${show(value)})`}
  if (typeof value !== 'object' || value === null) return undefined
  if (above.includes(value)) return {path, problem: 'refers back to an object that contains it'}
  if (above.length >= MAX_DEPTH) return {path: 'key', problem: `nests deeper than ${MAX_DEPTH} levels`}
  const kind = plainKind(value)
  if (kind === undefined) return notPlain(value, path)
  if (kind === 'date') {
    return Number.isNaN((value as Date).getTime()) ? {path, problem: 'is an invalid Date'} : undefined
  }
  if (kind === 'bytes') return undefined
  for (const [name, member] of Object.entries(value)) {
    const fault = findFault(member, kind === 'array' ? `${path}[${name}]` : `${path}.${name}`, [...above, value])
    if (fault) return fault
  }
  return undefined
}

function notPlain(value: object, path: string): Fault {
  const name = (value as {constructor?: {name?: unknown}}).constructor?.name
  const problem = typeof name === 'string' && name !== '' ? `is ${article(name)} ${name}` : 'is a class instance'
  if (value instanceof Date) return {path, problem, fix: 'give new Date(value), or a text that keeps all of it'}
  if (value instanceof Map) return {path, problem, fix: 'give Object.fromEntries(map) or [...map]'}
  if (value instanceof Set) return {path, problem, fix: 'give [...set].sort()'}
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return {path, problem, fix: 'give a Uint8Array or Buffer of its bytes'}
  return {path, problem, fix: 'give one of its fields, its text, or {...value}'}
}

const article = (name: string) => (/^[AEIOU]/i.test(name) ? 'an' : 'a')
