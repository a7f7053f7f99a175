/**
 * A value parsed from JSON text, as the value of a field: a string becomes a String object. BigQuery takes a plain string
 * in a JSON column for JSON text, which would turn `"123"` into a number.
 */
export function jsonField(value: unknown): unknown {
  return typeof value === 'string' ? Object(value) : value
}
