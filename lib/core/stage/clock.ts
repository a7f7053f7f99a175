/** A timer that was set on a {@link Clock}. */
export interface Timer {
  cancel(): void
}

/** Where time comes from: the real one, or `FakeClock` of `sluice/testing`. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `fn` once after `ms`. A timer does not keep the process alive unless `keepAlive` says so. */
  setTimeout(fn: () => void, ms: number, keepAlive?: boolean): Timer
}

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(fn, ms, keepAlive = false) {
    // Node fires at once for more than 2^31-1 ms
    const handle = setTimeout(fn, Math.min(ms, 2 ** 31 - 1))
    if (!keepAlive) handle.unref()
    return {cancel: () => clearTimeout(handle)}
  },
}

/** Resolves after `ms`, or rejects with the signal's reason when that aborts first. Keeps the process alive meanwhile. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const abort = () => {
      timer.cancel()
      reject(signal!.reason)
    }
    const timer = clock.setTimeout(
      () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      },
      ms,
      true,
    )
    signal?.addEventListener('abort', abort, {once: true})
  })
}

/** Resolves when `promise` has settled, but not later than after `ms`; keeps the process alive meanwhile. */
export async function atMost(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  const late = new AbortController()
  await Promise.race([promise, sleep(clock, ms, late.signal)]).catch(() => {})
  late.abort()
}
