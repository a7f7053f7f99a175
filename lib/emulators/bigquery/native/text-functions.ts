import {createHash} from 'node:crypto'
import type {Native} from './define.ts'
import {likeRegex} from './like-regex.ts'

/** No text of a query gets larger than this by one function. */
const MAX_TEXT = 10 * 2 ** 20

function repeat(text: string, times: bigint): string {
  if (times < 0n) throw new Error('Second argument in REPEAT() cannot be negative')
  if (BigInt(text.length) * times > BigInt(MAX_TEXT))
    throw new Error(`Output of REPEAT exceeds the limit of ${MAX_TEXT} bytes`)
  return text.repeat(Number(times))
}

function pad(text: string, length: bigint, pattern: string, left: boolean): string {
  const name = left ? 'LPAD' : 'RPAD'
  if (length < 0n) throw new Error(`Second argument (output size) for ${name} cannot be negative`)
  if (pattern === '') throw new Error(`Third argument (pad pattern) for ${name} cannot be empty`)
  if (length > BigInt(MAX_TEXT)) throw new Error(`Output of ${name} exceeds the limit of ${MAX_TEXT} bytes`)
  const [chars, fill] = [[...text], [...pattern]]
  if (chars.length >= length) return chars.slice(0, Number(length)).join('')
  const missing = Array.from({length: Number(length) - chars.length}, (_, i) => fill[i % fill.length])
  return left ? missing.join('') + text : text + missing.join('')
}

function translate(text: string, from: string, to: string): string {
  const [source, target] = [[...from], [...to]]
  if (new Set(source).size < source.length) throw new Error('Duplicate character in TRANSLATE source characters')
  const map = new Map(source.map((char, i) => [char, target[i] ?? '']))
  return [...text].map(char => map.get(char) ?? char).join('')
}

/** Capturing groups of a regular expression. */
function countGroups(pattern: string): number {
  const plain = pattern.replace(/\\Q[\s\S]*?(\\E|$)|\\[\s\S]|\[\^?\]?(?:\[:\w+:\]|\\[\s\S]|[^\]\\])*(?:\]|\\?$)/g, '')
  return [...plain.matchAll(/\((?!\?)|\(\?P?<(?![=!])/g)].length
}

/** SUBSTR: positions count from 1, negative ones from the end; 0 is 1, and what lies before the start is the start. */
function substr(text: string, from: bigint, length: bigint | undefined): string {
  if (length !== undefined && length < 0n) throw new Error('Third argument in SUBSTR() cannot be negative')
  const chars = [...text]
  const at = from > 0n ? Number(from) - 1 : from === 0n ? 0 : Math.max(chars.length + Number(from), 0)
  return chars.slice(at, length === undefined ? undefined : at + Number(length)).join('')
}

function take(text: string, length: bigint, side: 'LEFT' | 'RIGHT'): string {
  if (length < 0n) throw new Error(`Second argument in ${side}() cannot be negative`)
  const chars = [...text]
  return (
    side === 'LEFT' ? chars.slice(0, Number(length)) : chars.slice(Math.max(chars.length - Number(length), 0))
  ).join('')
}

/** A column's own length. */
function maxLength(type: string, max: bigint, length: number, field: string): void {
  if (BigInt(length) > max)
    throw new Error(`Field ${field}: ${type}(${max}) has maximum length ${max} but got a value with length ${length}`)
}

const fold = (text: string) => text.normalize('NFKC').toLowerCase()

export const TEXT_FUNCTIONS: readonly Native[] = [
  {
    // A text cannot be doubled again and again until the memory is full.
    name: 'bq_cap',
    takes: ['text'],
    gives: 'text',
    call(text: string) {
      if (text.length > 10 * MAX_TEXT) throw new Error('A text exceeds the limit of 100 MiB')
      return text
    },
  },
  {
    name: 'bq_raise',
    takes: ['text'],
    gives: 'text',
    call(message: string) {
      throw new Error(message)
    },
  },
  {
    name: 'bq_substr',
    takes: ['text', 'int'],
    gives: 'text',
    call: (text: string, from: bigint) => substr(text, from, undefined),
  },
  {name: 'bq_substr_length', takes: ['text', 'int', 'int'], gives: 'text', call: substr},
  {name: 'bq_left', takes: ['text', 'int'], gives: 'text', call: (text: string, n: bigint) => take(text, n, 'LEFT')},
  {name: 'bq_right', takes: ['text', 'int'], gives: 'text', call: (text: string, n: bigint) => take(text, n, 'RIGHT')},
  {
    name: 'bq_max_length_STRING',
    takes: ['text', 'int', 'text'],
    gives: 'text',
    call(text: string, max: bigint, field: string) {
      maxLength('STRING', max, [...text].length, field)
      return text
    },
  },
  {
    name: 'bq_max_length_BYTES',
    takes: ['bytes', 'int', 'text'],
    gives: 'bytes',
    call(bytes: Uint8Array, max: bigint, field: string) {
      maxLength('BYTES', max, bytes.length, field)
      return bytes
    },
  },
  {
    name: 'bq_initcap',
    takes: ['text'],
    gives: 'text',
    call: (text: string) =>
      text
        .toLowerCase()
        .replace(
          /(^|[\s[\](){}/|<>!?@"^#$&~_,.:;*%+\-=\\'])(\p{L})/gu,
          (_, before, first) => before + first.toUpperCase(),
        ),
  },
  {name: 'bq_reverse', takes: ['text'], gives: 'text', call: (text: string) => [...text].reverse().join('')},
  {
    name: 'bq_contains_substr',
    takes: ['text', 'text'],
    gives: 'bool',
    call: (text: string, part: string) => fold(text).includes(fold(part)),
  },
  {name: 'bq_normalize', takes: ['text'], gives: 'text', call: (text: string) => text.normalize('NFC')},
  {name: 'bq_repeat', takes: ['text', 'int'], gives: 'text', call: repeat},
  {name: 'bq_pad', takes: ['text', 'int', 'text', 'bool'], gives: 'text', call: pad},
  {name: 'bq_translate', takes: ['text', 'text', 'text'], gives: 'text', call: translate},
  {
    name: 'bq_sha512',
    takes: ['bytes'],
    gives: 'bytes',
    call: (bytes: Uint8Array) => createHash('sha512').update(bytes).digest(),
  },
  {
    name: 'bq_safe_utf8',
    takes: ['bytes'],
    gives: 'text',
    call: (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8'),
  },
  {
    name: 'bq_groups',
    takes: ['text'],
    gives: 'int',
    call(pattern: string) {
      const groups = countGroups(pattern)
      if (groups > 1) throw new Error(`Regular expression has more than 1 capturing group: ${pattern}`)
      return BigInt(groups)
    },
  },
  {
    name: 'bq_like_regex',
    takes: ['text'],
    gives: 'text',
    call(pattern: string) {
      const regex = likeRegex(pattern)
      if (regex === undefined) throw new Error('LIKE pattern ends with a backslash')
      return regex
    },
  },
]
