import {keyError, UNENCODABLE} from './key-error.ts'
import {MAX_DEPTH, plainKind, sortedNames} from './plain-kind.ts'

/**
 * What stands for a key in a `Map`: two values give the same if they are one key, and different ones otherwise.
 *
 * Strings and numbers stand for themselves, so that the common key costs nothing; everything else is a canonical text that begins
 * with a NUL, which no string stands for: one that begins so itself gets a tag, too. Numbers compare as a `Map` compares them: 0 and
 * -0 are one key, NaN equals itself, 1 and 1n are two keys. Objects are compared by their properties in any order, without those that
 * are undefined; arrays element by element; Dates by their time; a Buffer and a Uint8Array by their bytes.
 *
 * @throws {SluiceError} `ERR_SLUICE_KEY` for what has no value to compare: functions, symbols, circular and class instances, invalid Dates
 */
export function keyOf(value: unknown): string | number {
  if (typeof value === 'string') return value.charCodeAt(0) === 0 ? `\0s${value}` : value
  if (typeof value === 'number') return value === 0 ? 0 : value
  try {
    return `\0${partText(value, 0)}`
  } catch (error) {
    throw error === UNENCODABLE ? keyError(value) : error
  }
}

/** The canonical text of a part: every text ends where it says, so no two lists of parts have the same. */
function partText(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`
    case 'number':
      // -0 prints as 0
      return `d${value},`
    case 'bigint':
      return `n${value},`
    case 'boolean':
      return value ? 't' : 'f'
    case 'undefined':
      return 'u'
    case 'object':
      return value === null ? 'z' : objectText(value, depth)
    default:
      throw UNENCODABLE
  }
}

function objectText(value: object, depth: number): string {
  if (depth >= MAX_DEPTH) throw UNENCODABLE
  switch (plainKind(value)) {
    case 'array':
      return arrayText(value as readonly unknown[], depth + 1)
    case 'object':
      return fieldsText(value as Readonly<Record<string, unknown>>, depth + 1)
    case 'date': {
      const time = (value as Date).getTime()
      if (Number.isNaN(time)) throw UNENCODABLE
      return `D${time},`
    }
    case 'bytes': {
      const {buffer, byteOffset, byteLength} = value as Uint8Array
      return `b${byteLength}:${Buffer.from(buffer, byteOffset, byteLength).toString('latin1')}`
    }
    default:
      throw UNENCODABLE
  }
}

function arrayText(parts: readonly unknown[], depth: number): string {
  let text = '['
  // holes count as undefined
  for (let i = 0; i < parts.length; i++) text += partText(parts[i], depth)
  return `${text}]`
}

function fieldsText(fields: Readonly<Record<string, unknown>>, depth: number): string {
  let text = '{'
  for (const name of sortedNames(fields)) text += `${name.length}:${name}${partText(fields[name], depth)}`
  return `${text}}`
}
