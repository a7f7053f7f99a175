/** A value that JSON has no form for. */
export class NotJson extends Error {}

/**
 * A value as one line of JSON, without line end. BigInt becomes a string, as it does for BigQuery; NaN, Infinity and
 * invalid Dates, which `JSON.stringify` silently makes null, are a {@link NotJson} that names their place.
 */
export function jsonLine(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    // a BigInt, or a real problem: the careful way tells
    if (!(error instanceof TypeError)) throw error
    return careful(value)
  }
  if (text === undefined) throw new NotJson(`${typeof value === 'function' ? 'a function' : String(value)} is no JSON`)
  // The text of every value is not looked at: it comes in parts, which the first look would copy together.
  return mayHide(value) && text.includes('null') ? careful(value) : text
}

/** True when `JSON.stringify` may have made null of something in a value; much faster than `careful`. */
function mayHide(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(mayHide)
  if (typeof (value as {toJSON?: unknown}).toJSON === 'function')
    return !(value instanceof Date) || Number.isNaN(value.getTime())
  if (value instanceof Number) return true
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key]
    if (typeof field === 'number' ? !Number.isFinite(field) : typeof field === 'object' && mayHide(field)) return true
  }
  return false
}

function careful(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string, given: unknown) {
    if (typeof given === 'bigint') return String(given)
    if (typeof given === 'number' && !Number.isFinite(given))
      throw new NotJson(`${place(key)} is ${given}, which JSON cannot hold`)
    if (given === null && this[key] instanceof Date) throw new NotJson(`${place(key)} is an invalid Date`)
    return given
  })
}

function place(key: string): string {
  return key === '' ? 'the value' : `'${key}'`
}
