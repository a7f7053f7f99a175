/**
 * Processes `items` in order, at most `lanes` at once. After a failure no further item is started, and the promise rejects
 * with the first failure once everything that was started has settled.
 */
export async function inLanes<T>(
  lanes: number,
  items: readonly T[],
  work: (item: T) => Promise<void> | void,
): Promise<void> {
  let next = 0
  let failure: {readonly error: unknown} | undefined
  const lane = async () => {
    try {
      while (!failure && next < items.length) await work(items[next++]!)
    } catch (error) {
      failure ??= {error}
    }
  }
  await Promise.all(Array.from({length: Math.min(lanes, items.length)}, lane))
  if (failure) throw failure.error
}
