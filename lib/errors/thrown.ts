import {inspect, types} from 'node:util'

/** A value as an error message shows it: one line, cut at 100 characters. */
export function show(value: unknown): string {
  const text = inspected(value)
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}

/** The user's own `util.inspect.custom` may throw, and so may a getter that it calls. */
function inspected(value: unknown): string {
  try {
    return inspect(value, {depth: 1, breakLength: Number.POSITIVE_INFINITY, compact: true, maxStringLength: 80})
  } catch {
    return `a ${typeof value} that cannot be shown`
  }
}

/**
 * The message of any thrown value. Never throws itself, even for an object without a prototype, a Proxy or an error whose
 * getters throw.
 */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  try {
    if (thrown instanceof Error) return String(thrown.message || thrown.name)
    const text = String(thrown)
    return text.startsWith('[object ') ? show(thrown) : text
  } catch {
    return show(thrown)
  }
}

/** The stack of any thrown value; `''` if it has none. Never throws. */
export function stackOf(thrown: unknown): string {
  try {
    const {stack} = (thrown ?? {}) as {stack?: unknown}
    return typeof stack === 'string' ? stack : ''
  } catch {
    return ''
  }
}

/** True for a genuine Error object of any realm; runs no code of the value. */
export function isNativeError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown)
}
