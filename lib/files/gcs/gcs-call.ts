import type {SluiceError} from '../../errors/index.ts'
import {classifyError, type GcsFailure, isRetried} from './classify-error.ts'
import type {ReadPolicy, Retries} from './read-policy.ts'

/** One try of a call with a deadline of its own, since the client has none. */
export async function withDeadline<T>(
  {clock, stallTimeout}: ReadPolicy,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController()
  const late = () => deadline.abort(Object.assign(new Error(`no answer for ${stallTimeout} ms`), {code: 'ETIMEDOUT'}))
  const timer = clock.setTimeout(late, stallTimeout, true)
  try {
    return await run(AbortSignal.any([signal, deadline.signal]))
  } finally {
    timer.cancel()
  }
}

/** A call that is retried while its failures are transient; `final` makes the error for any other failure. */
export async function withRetries<T>(
  retries: Retries,
  policy: ReadPolicy,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
  final: (failure: GcsFailure) => SluiceError,
): Promise<T> {
  for (;;) {
    try {
      const result = await withDeadline(policy, signal, run)
      retries.progress()
      return result
    } catch (error) {
      signal.throwIfAborted()
      const failure = classifyError(error)
      if (!isRetried(failure)) throw final(failure)
      await retries.wait(failure, signal)
    }
  }
}
