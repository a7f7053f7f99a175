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
 * The message of anything that was thrown. Never throws itself, whatever that is: an object without a prototype, a Proxy, an
 * error whose getters throw.
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

/** The stack of anything that was thrown; `''` if it has none. Never throws. */
export function stackOf(thrown: unknown): string {
  try {
    const {stack} = (thrown ?? {}) as {stack?: unknown}
    return typeof stack === 'string' ? stack : ''
  } catch {
    return ''
  }
}

/** True for an error of the engine's own making, whatever its realm; asks the value itself nothing. */
export function isNativeError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown)
}
