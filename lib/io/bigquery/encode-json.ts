import {messageOf, show} from '../../errors/index.ts'
import {quote, textOf} from './encode-text.ts'
import {type Encode, isOpaque, Unencodable} from './unencodable.ts'

/**
 * A JSON column takes JSON text. Text is taken for such; anything else is stringified, but never what
 * `JSON.stringify` would silently turn into null or drop from an array.
 */
export const encodeJson: Encode = value => {
  if (typeof value === 'string') return quote(value)
  const problem = findLossy(value, '', [])
  if (problem) return problem
  try {
    return quote(JSON.stringify(value))
  } catch (error) {
    return new Unencodable(`the value cannot be turned into JSON: ${messageOf(error)}`)
  }
}

/** GeoJSON objects go as their text, like WKT. */
export const encodeGeography: Encode = value =>
  encodeJson((typeof value === 'object' && value !== null ? textOf(value) : undefined) ?? value)

function findLossy(value: unknown, path: string, holders: object[]): Unencodable | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : new Unencodable(`${value} has no JSON form`, path)
    case 'bigint':
      return new Unencodable(`${value}n has no JSON form; give a number or a string`, path)
    case 'string':
    case 'boolean':
      return undefined
    case 'object':
      return value === null ? undefined : findLossyIn(value, path, holders)
    default:
      return new Unencodable(`${typeof value} has no JSON form`, path)
  }
}

function findLossyIn(value: object, path: string, holders: object[]): Unencodable | undefined {
  // Date, URL, Buffer, Big: they say themselves what they are in JSON. Invalid dates of all kinds say null.
  const {toJSON} = value as {toJSON?: unknown}
  if (typeof toJSON === 'function')
    return toJSON.call(value, '') == null ? new Unencodable(`${show(value)} would be null in JSON`, path) : undefined
  if (value instanceof Number || value instanceof String || value instanceof Boolean)
    return findLossy(value.valueOf(), path, holders)
  if (isOpaque(value)) return new Unencodable(`${show(value)} would be {} in JSON; give an object or an array`, path)
  if (holders.includes(value)) return new Unencodable('the value contains itself', path)
  holders.push(value)
  let found: Unencodable | undefined
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && !found; i++) found = findLossy(value[i], `${path}[${i}]`, holders)
  } else {
    for (const [key, inner] of Object.entries(value)) {
      if (inner === undefined) continue
      found = findLossy(inner, path ? `${path}.${key}` : key, holders)
      if (found) break
    }
  }
  holders.pop()
  return found
}
