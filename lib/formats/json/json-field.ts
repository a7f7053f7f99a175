/**
 * A value that was made of JSON text, as a value of a field: a string becomes a String object. A plain string in a JSON column
 * of BigQuery is taken for JSON text, by which `"123"` would become a number.
 */
export function jsonField(value: unknown): unknown {
  return typeof value === 'string' ? Object(value) : value
}
