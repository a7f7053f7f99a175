import {deserialize, serialize} from 'node:v8'
import {notPlain} from '../../core/index.ts'

/**
 * A column of a block as plain data. Numbers are packed, texts are joined into one (`node:v8` spends most of its time on
 * strings and property names), and arrays or rows of one shape are taken apart into columns again.
 */
type Packed =
  | {readonly numbers: Float64Array}
  | {readonly text: string; readonly ends: Uint32Array}
  | {readonly items: readonly Packed[]; readonly size: number}
  | {readonly keys: readonly string[]; readonly fields: readonly Packed[]; readonly size: number}
  | {readonly plain: readonly unknown[]}

/** Wider and deeper values are left to `node:v8`. */
const MOST_FIELDS = 64
const DEEPEST = 8

/**
 * Plain data as bytes. Rows of one shape take about half the time that `node:v8` takes, which others are left to.
 *
 * @throws {TypeError} for a value that is not plain data
 */
export function encodeBlock(values: readonly unknown[]): Buffer {
  return serialize(pack(values, 0))
}

/** The values of {@link encodeBlock}, equal in every respect, types included. */
export function decodeBlock(bytes: Uint8Array): unknown[] {
  return unpack(deserialize(bytes) as Packed)
}

function pack(values: readonly unknown[], depth: number): Packed {
  const [first] = values
  if (typeof first === 'number') return packNumbers(values)
  if (typeof first === 'string') return packTexts(values)
  if (depth >= DEEPEST) return plain(values)
  if (Array.isArray(first)) return packArrays(values, first.length, depth + 1)
  if (isRow(first)) return packRows(values, Object.keys(first), depth + 1)
  return plain(values)
}

/** `node:v8` would turn instances of classes into plain objects without a word. */
function plain(values: readonly unknown[]): Packed {
  for (const value of values) {
    const what = notPlain(value, 'element')
    if (what) throw new TypeError(what)
  }
  return {plain: values}
}

function packNumbers(values: readonly unknown[]): Packed {
  for (const value of values) if (typeof value !== 'number') return plain(values)
  return {numbers: Float64Array.from(values as number[])}
}

function packTexts(values: readonly unknown[]): Packed {
  const ends = new Uint32Array(values.length)
  let end = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value !== 'string') return plain(values)
    ends[i] = end += value.length
  }
  return {text: values.join(''), ends}
}

function packArrays(values: readonly unknown[], length: number, depth: number): Packed {
  if (length === 0 || length > MOST_FIELDS) return plain(values)
  const items = columns(length, values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (!Array.isArray(value) || value.length !== length) return plain(values)
    for (let k = 0; k < length; k++) {
      // a hole is not undefined
      if (value[k] === undefined && !(k in value)) return plain(values)
      items[k]![i] = value[k]
    }
  }
  return {items: items.map(column => pack(column, depth)), size: values.length}
}

function packRows(values: readonly unknown[], keys: readonly string[], depth: number): Packed {
  if (keys.length === 0 || keys.length > MOST_FIELDS || keys.includes('__proto__')) return plain(values)
  const fields = columns(keys.length, values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (!isRow(value)) return plain(values)
    let k = 0
    for (const key in value) {
      if (keys[k] !== key) return plain(values)
      fields[k++]![i] = value[key]
    }
    if (k < keys.length) return plain(values)
  }
  return {keys, fields: fields.map(column => pack(column, depth)), size: values.length}
}

function columns(count: number, size: number): unknown[][] {
  return Array.from({length: count}, () => new Array<unknown>(size))
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function unpack(packed: Packed): unknown[] {
  if ('numbers' in packed) return unpackNumbers(packed.numbers)
  if ('text' in packed) return unpackTexts(packed.text, packed.ends)
  if ('items' in packed) return unpackArrays(packed.items.map(unpack), packed.size)
  if ('keys' in packed) return unpackRows(packed.keys, packed.fields.map(unpack), packed.size)
  return packed.plain as unknown[]
}

/** Array.from() would ask an iterator for each. */
function unpackNumbers(numbers: Float64Array): number[] {
  const values = new Array<number>(numbers.length)
  for (let i = 0; i < numbers.length; i++) values[i] = numbers[i]!
  return values
}

function unpackTexts(text: string, ends: Uint32Array): string[] {
  const values = new Array<string>(ends.length)
  let start = 0
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!
    values[i] = text.slice(start, end)
    start = end
  }
  return values
}

function unpackArrays(items: readonly unknown[][], size: number): unknown[][] {
  const values = new Array<unknown[]>(size)
  for (let i = 0; i < size; i++) {
    const value = new Array<unknown>(items.length)
    for (let k = 0; k < items.length; k++) value[k] = items[k]![i]
    values[i] = value
  }
  return values
}

function unpackRows(keys: readonly string[], fields: readonly unknown[][], size: number): object[] {
  const values = new Array<object>(size)
  for (let i = 0; i < size; i++) {
    const row: Record<string, unknown> = {}
    for (let k = 0; k < keys.length; k++) row[keys[k]!] = fields[k]![i]
    values[i] = row
  }
  return values
}
