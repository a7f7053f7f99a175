import {type Clock, sleep} from '../../core/index.ts'
import type {FileInfo} from '../system/file-system.ts'

/** A file that was found; without `file`: everything found at that time has been yielded. */
export interface Found {
  readonly file?: FileInfo
  /** When the search that found it began, in ms; undefined for a source that looks only once. */
  readonly time: number | undefined
}

/** How to keep looking for files. */
export interface Watching {
  /** Milliseconds from the start of one search to the start of the next. */
  readonly every: number
  /** Whether a file is yielded again once it has changed. */
  readonly updated: boolean
}

/**
 * Looks for files repeatedly until the signal aborts. Each file is yielded once, those of one search in order.
 *
 * It remembers only what the last search found, so its memory is bounded by the files that exist; a file that was missing
 * in between counts as new.
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
