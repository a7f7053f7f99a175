import {ApiError} from './api-error.ts'

/** Parses a request's JSON; malformed text, or a value that is not an object, is a 400 `parseError`. */
export function parseJson(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ApiError(400, 'parseError', 'Parse Error')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ApiError(400, 'parseError', 'Parse Error')
}
