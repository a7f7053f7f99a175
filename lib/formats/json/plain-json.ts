/** Deeper values are not examined: only a value that invents itself as it is read is nested so deeply. */
const MAX_DEPTH = 1_000_000
const UNREADABLE = '"[unreadable]"'

/** An array or object that is being written. */
interface Level {
  readonly holder: object
  /** Keys of an object; undefined for an array. */
  readonly keys: readonly string[] | undefined
  readonly length: number
  at: number
  begun: boolean
}

/**
 * JSON of any value, for a person to read: it never throws, and nothing without a JSON form becomes `null` or `{}`.
 * BigInts, NaN and invalid Dates become their text, bytes base64, Maps and Sets arrays, functions and symbols their names.
 * What contains itself or cannot be read becomes a text in brackets. Undefined fields are left out.
 *
 * It does not recurse: values may be nested deeply.
 */
export function plainJson(value: unknown): string {
  return new PlainWriter().write(value)
}

class PlainWriter {
  readonly #parts: string[] = []
  readonly #levels: Level[] = []
  readonly #open = new Set<object>()
  /** True once something turned out to be endless: nothing more is opened. */
  #full = false

  write(value: unknown): string {
    this.#value(value, '')
    for (let level = this.#levels.at(-1); level; level = this.#levels.at(-1)) {
      if (level.at === level.length) this.#close(level)
      else if (level.keys) this.#field(level, level.keys[level.at++]!)
      else {
        if (level.at > 0) this.#parts.push(',')
        const at = level.at++
        this.#value(read(level.holder, at), String(at))
      }
    }
    try {
      return this.#parts.join('')
    } catch {
      // longer than the longest string
      return '"[too long to show]"'
    }
  }

  #field(level: Level, key: string): void {
    const value = read(level.holder, key)
    if (value === undefined) return
    this.#parts.push(level.begun ? `,${JSON.stringify(key)}:` : `${JSON.stringify(key)}:`)
    level.begun = true
    this.#value(value, key)
  }

  #value(value: unknown, key: string): void {
    if (value instanceof Unread) this.#parts.push(UNREADABLE)
    else if (typeof value !== 'object' || value === null) this.#parts.push(scalar(value))
    else
      try {
        this.#object(value, key)
      } catch {
        // a Proxy whose handlers throw, or a revoked one
        this.#parts.push(UNREADABLE)
      }
  }

  #object(given: object, key: string): void {
    let value = given
    if (ArrayBuffer.isView(value)) {
      this.#parts.push(JSON.stringify(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')))
      return
    }
    const other = otherForm(value, key)
    if (typeof other !== 'object' || other === null) {
      this.#parts.push(scalar(other))
      return
    }
    value = other
    if (this.#open.has(value)) {
      this.#parts.push('"[Circular]"')
      return
    }
    this.#full ||= this.#levels.length === MAX_DEPTH
    if (this.#full) {
      this.#parts.push('"[nested too deeply]"')
      return
    }
    const keys = Array.isArray(value) ? undefined : Object.keys(value)
    const length = keys ? keys.length : (value as unknown[]).length
    this.#parts.push(keys ? '{' : '[')
    this.#open.add(value)
    this.#levels.push({holder: value, keys, length, at: 0, begun: false})
  }

  #close({holder, keys}: Level): void {
    this.#parts.push(keys ? '}' : ']')
    this.#open.delete(holder)
    this.#levels.pop()
  }
}

/** Stands for a field whose getter throws. */
class Unread {}

function read(holder: object, key: string | number): unknown {
  try {
    return (holder as Record<string | number, unknown>)[key]
  } catch {
    return new Unread()
  }
}

function scalar(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`
    case 'boolean':
      return String(value)
    case 'string':
      return JSON.stringify(value)
    case 'function':
      return JSON.stringify(`[function ${nameOf(value)}]`)
    default:
      return value === null ? 'null' : JSON.stringify(String(value))
  }
}

function nameOf(fn: object): string {
  const name = read(fn, 'name')
  return typeof name === 'string' ? name : ''
}

/** What represents an object: a text, an array, or itself. */
function otherForm(value: object, key: string): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof Map || value instanceof Set) return [...value]
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf()
  if (value instanceof Error && Object.keys(value).length === 0) return `${value.name}: ${value.message}`
  try {
    const {toJSON} = value as {toJSON?: unknown}
    if (typeof toJSON === 'function') return (toJSON.call(value, key) as unknown) ?? value
  } catch {
    // its fields describe it
  }
  return value
}
