import {SluiceError, show} from '../../../errors/index.ts'

/** How a stage interprets what its function returns. */
export type CallKind = 'process' | 'map' | 'filter' | 'tap'

/** True for any promise or other thenable. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as {then?: unknown}).then === 'function'
  )
}

/**
 * True for a primitive, a plain object or an array: what `map` returns for most elements, and no promise unless it is made by
 * hand. Looking for `then` in rows of ever-changing shapes would cost more than the rest of the loop.
 */
export function isPlain(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return true
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype
}

/** True for a value that must be read with `for await`. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** The iterator of what `process` returned; refuses strings, bytes and plain objects, which are probably one element. */
export function iteratorOf(result: unknown, stage: string, where = 'process()'): Iterator<unknown> {
  const refused =
    typeof result !== 'object' || result === null || ArrayBuffer.isView(result) || !(Symbol.iterator in result)
  if (refused)
    throw new SluiceError(
      'ERR_SLUICE_OUTPUT_TYPE',
      `${stage}: ${where} returned ${describe(result)}; return [row] for one output, [] or nothing for none, or yield rows`,
      {stage},
    )
  return (result as Iterable<unknown>)[Symbol.iterator]()
}

function describe(result: unknown): string {
  if (typeof result === 'string') return `a string (${show(result)})`
  if (Buffer.isBuffer(result)) return 'a Buffer'
  if (ArrayBuffer.isView(result)) return 'a typed array'
  if (typeof result === 'object') return `a plain object (${show(result)})`
  return `a ${typeof result} (${show(result)})`
}

/**
 * Ends a user's iterator. Do not wait for the promise: a generator that awaits something settles only after that. Its errors
 * are ignored.
 */
export async function returnQuietly(iterator: {return?: (value?: unknown) => unknown} | undefined): Promise<void> {
  try {
    await iterator?.return?.()
  } catch {}
}
