import {type Clock, sleep} from '../../core/index.ts'
import type {FileInfo} from '../system/file-system.ts'

/** A file that was found; without one: everything that was found at that time has been given. */
export interface Found {
  readonly file?: FileInfo
  /** When the search began that found it, ms; undefined for a source that looks once. */
  readonly time: number | undefined
}

/** How to go on looking for files. */
export interface Watching {
  /** From the beginning of one search to that of the next, ms. */
  readonly every: number
  /** Whether a file that has changed is given again. */
  readonly updated: boolean
}

/**
 * Looks for files again and again, until the signal aborts; each is given once, those of one search in its order.
 *
 * What it remembers is what the last search has found, so no more than what is there: a file that was missing in between is
 * a new one.
 */
export async function* matchContinuously(
  search: () => Promise<ReadonlyMap<string, FileInfo>>,
  {every, updated}: Watching,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Found> {
  let known = new Map<string, string | undefined>()
  for (;;) {
    const time = clock.now()
    const found = await search()
    const before = known
    known = new Map([...found].map(([place, {generation}]) => [place, generation]))
    for (const [place, file] of found)
      if (!before.has(place) || (updated && before.get(place) !== file.generation)) yield {file, time}
    yield {time}
    await sleep(clock, Math.max(0, time + every - clock.now()), signal)
  }
}
