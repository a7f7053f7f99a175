import {replaceJsonTokens} from '../../service/json-tokens.ts'
import {withoutEndZeros} from '../values/numbers.ts'
import type {Native} from './define.ts'
import {floatText} from './number-functions.ts'

/** A JSON value; numbers stay the digits that they are written with. */
type Json = null | boolean | string | JsonNumber | Json[] | Map<string, Json>

class JsonNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Reads JSON; `undefined` for invalid text. */
function parse(text: string): Json | undefined {
  // Every string gets an `s` in front and every number becomes a string with an `n`, for JSON.parse to check the rest.
  const marked = replaceJsonTokens(text, token => (token.startsWith('"') ? `"s${token.slice(1)}` : `"n${token}"`))
  try {
    return revive(JSON.parse(marked))
  } catch {
    return undefined
  }
}

function revive(value: unknown): Json {
  if (typeof value === 'string') return value.startsWith('s') ? value.slice(1) : new JsonNumber(value.slice(1))
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null) return value as null | boolean
  return new Map(
    Object.entries(value).map(([key, item]) => {
      if (!key.startsWith('s')) throw new Error('a key that is no string')
      return [key.slice(1), revive(item)]
    }),
  )
}

/** Compact JSON text; `sorted` as the type JSON keeps it. */
function write(value: Json, sorted = false): string {
  if (value instanceof JsonNumber) return sorted ? normalNumber(value.text) : value.text
  if (Array.isArray(value)) return `[${value.map(item => write(item, sorted)).join(',')}]`
  if (value instanceof Map) {
    const entries = [...value]
    if (sorted) entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${write(item, sorted)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

/** The type JSON has 64-bit integers and doubles; what is neither exactly is refused. */
function normalNumber(text: string): string {
  if (/^-?\d{1,20}$/.test(text) && text !== '-0') {
    const value = BigInt(text)
    if (value >= -(2n ** 63n) && value < 2n ** 64n) return String(value)
  }
  const value = Number(text)
  const digits = (of: string) =>
    withoutEndZeros(
      of
        .replace(/[eE][+-]?\d+$/, '')
        .replace(/[-.]/g, '')
        .replace(/^0+/, ''),
    )
  if (!Number.isFinite(value) || digits(text) !== digits(String(value)))
    throw new Error(`Invalid input to PARSE_JSON: number ${text} cannot be represented without loss of precision`)
  const shown = floatText(value)
  return /^-?\d+$/.test(shown) ? `${shown}.0` : shown
}

/** Cuts a JSONPath into keys and positions. */
function parsePath(path: string, legacy: boolean): (string | number)[] {
  const steps: (string | number)[] = []
  if (!path.startsWith('$')) throw new Error(`JSONPath must start with '$': ${path}`)
  const step = legacy
    ? /\.([^.[\]"']+)|\.?"((?:[^"\\]|\\.)*)"|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y
    : /\.([^.[\]"'$*\s]+)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\]/y
  step.lastIndex = 1
  while (step.lastIndex < path.length) {
    const at = step.lastIndex
    const match = step.exec(path)
    if (!match)
      throw new Error(
        `Invalid token in JSONPath at: ${path.slice(at)} (a name with other characters goes into double quotes: $."a b")`,
      )
    const [, name, quoted, index, single, double] = match
    steps.push(
      index !== undefined ? Number(index) : (name ?? (quoted ?? single ?? double ?? '').replace(/\\(.)/g, '$1')),
    )
  }
  return steps
}

function walk(value: Json | undefined, steps: readonly (string | number)[]): Json | undefined {
  let at = value
  for (const step of steps) {
    if (Array.isArray(at) && typeof step === 'number') at = at[step]
    else if (at instanceof Map) at = at.get(String(step))
    else return undefined
  }
  return at
}

function scalarText(value: Json | undefined): string | null {
  if (value === undefined || value === null || Array.isArray(value) || value instanceof Map) return null
  return value instanceof JsonNumber ? value.text : String(value)
}

function get(text: string, path: string, mode: string): string | null {
  const steps = parsePath(path, mode.includes('legacy'))
  const found = walk(parse(text), steps)
  if (mode.endsWith('value')) return scalarText(found)
  if (found === undefined || (found === null && !mode.includes('json'))) return null
  return write(found)
}

function list(text: string, path: string, mode: string): (string | null)[] | null {
  const found = walk(parse(text), parsePath(path, mode.includes('legacy')))
  if (mode === 'keys') return found instanceof Map ? [...keysOf(found, '')].sort() : null
  if (!Array.isArray(found)) return null
  if (!mode.endsWith('value')) return found.map(item => write(item))
  // An array with an element that is no scalar has no array of values.
  if (found.some(item => Array.isArray(item) || item instanceof Map)) return null
  return found.map(scalarText)
}

function* keysOf(value: Map<string, Json>, prefix: string): Generator<string> {
  for (const [key, item] of value) {
    const shown = prefix + (/^\w+$/.test(key) ? key : JSON.stringify(key))
    yield shown
    if (item instanceof Map) yield* keysOf(item, `${shown}.`)
  }
}

function typeOf(value: Json | undefined): string {
  if (value instanceof JsonNumber) return 'number'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Map) return 'object'
  return value === null ? 'null' : typeof value
}

function scalar(text: string, wanted: string): string {
  const value = parse(text)
  const type = typeOf(value)
  const shown = scalarText(value)
  const isInteger = wanted === 'int64' && type === 'number' && /^-?\d+(\.0*)?$/.test(shown ?? '')
  if (shown === null || !(isInteger || type === wanted))
    throw new Error(
      `The provided JSON input is not ${wanted === 'int64' ? 'an integer' : `a ${wanted}`}: ${text.slice(0, 100)}`,
    )
  return isInteger ? shown.replace(/\.0*$/, '') : shown
}

const step = (text: string, by: string | number): string | null => {
  const found = walk(parse(text), [by])
  return found === undefined ? null : write(found)
}

export const JSON_FUNCTIONS: readonly Native[] = [
  {
    name: 'bq_parse_json',
    takes: ['text'],
    gives: 'text',
    call(text: string) {
      const value = parse(text)
      if (value === undefined)
        throw new Error(`Invalid input to PARSE_JSON: syntax error in ${JSON.stringify(text.slice(0, 100))}`)
      return write(value, true)
    },
  },
  {name: 'bq_json_get', takes: ['text', 'text', 'text'], gives: 'text', call: get},
  {name: 'bq_json_list', takes: ['text', 'text', 'text'], gives: 'texts', call: list},
  {name: 'bq_json_field', takes: ['text', 'text'], gives: 'text', call: step},
  {
    name: 'bq_json_item',
    takes: ['text', 'int'],
    gives: 'text',
    call: (text: string, at: bigint) => (at < 0n ? null : step(text, Number(at))),
  },
  {name: 'bq_json_type', takes: ['text'], gives: 'text', call: (text: string) => typeOf(parse(text))},
  {name: 'bq_json_scalar', takes: ['text', 'text'], gives: 'text', call: scalar},
  {name: 'bq_json_string', takes: ['text'], gives: 'text', call: (text: string) => JSON.stringify(text)},
  {
    name: 'bq_json_float',
    takes: ['float'],
    gives: 'text',
    call: (value: number) =>
      Number.isNaN(value)
        ? '"NaN"'
        : Number.isFinite(value)
          ? floatText(value)
          : value > 0
            ? '"Infinity"'
            : '"-Infinity"',
  },
  {
    name: 'bq_json_decimal',
    takes: ['text'],
    gives: 'text',
    call(text: string) {
      const trimmed = text.includes('.') ? text.replace(/\.?0+$/, '') : text
      // What a double does not give back is a string.
      return floatText(Number(trimmed)) === trimmed ? trimmed : `"${trimmed}"`
    },
  },
]
