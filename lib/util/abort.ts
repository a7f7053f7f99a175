/** Calls `fn` once when `signal` aborts (immediately if it already has); returns a function that unsubscribes it. */
export function onAbort(signal: AbortSignal | undefined, fn: (reason: unknown) => void): () => void {
  if (!signal) return () => {}
  if (signal.aborted) {
    fn(signal.reason)
    return () => {}
  }
  const listener = () => fn(signal.reason)
  signal.addEventListener('abort', listener, {once: true})
  return () => signal.removeEventListener('abort', listener)
}

/** Settles like `promise`, or rejects with the signal's reason as soon as it aborts. */
export function abortable<T>(signal: AbortSignal, promise: PromiseLike<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const forget = onAbort(signal, reject)
    promise.then(
      value => {
        forget()
        resolve(value)
      },
      error => {
        forget()
        reject(error)
      },
    )
  })
}
