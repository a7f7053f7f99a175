import {type BoundedWindow, GLOBAL_WINDOW} from '../../core/index.ts'
import {SluiceError} from '../../errors/index.ts'
import type {Duration} from '../../util/index.ts'
import {spanOption} from './span-option.ts'
import {windowAround} from './window-cache.ts'
import {WindowFn, type WindowMerge} from './window-fn.ts'

class Sessions extends WindowFn {
  readonly key: string
  override readonly merges = true
  readonly #gap: number

  constructor(gap: number) {
    super()
    this.#gap = gap
    this.key = `sessions(${gap})`
  }

  /** Not interned: two elements rarely share a window, and it disappears as soon as it merges. */
  override assign(timestamp: number): BoundedWindow {
    const end = timestamp + this.#gap
    if (end > GLOBAL_WINDOW.end) return windowAround(timestamp, timestamp, end)
    return {start: timestamp, end, maxTimestamp: end - 1}
  }

  override merge(windows: readonly BoundedWindow[]): WindowMerge[] {
    return overlapping(windows)
  }

  override sideWindow(): BoundedWindow {
    throw new SluiceError(
      'ERR_SLUICE_WINDOWING',
      'a side input cannot be in sessions: which one belongs to an element of the main input is not defined; use fixedWindows() for it',
    )
  }
}

/** Merges windows that overlap; those that only touch stay two. `windows` are sorted by start. */
export function overlapping(windows: readonly BoundedWindow[]): WindowMerge[] {
  const merges: WindowMerge[] = []
  let from: BoundedWindow[] = []
  let end = Number.NEGATIVE_INFINITY
  const close = () => {
    if (from.length > 1) merges.push({into: {start: from[0]!.start, end, maxTimestamp: end - 1}, from})
  }
  for (const window of windows) {
    if (window.start < end) {
      from.push(window)
      end = Math.max(end, window.end)
      continue
    }
    close()
    from = [window]
    end = window.end
  }
  close()
  return merges
}

/**
 * Windows of activity, for each key: one lasts until no element of its key has come for `gap`, in event time.
 *
 * Two elements exactly `gap` apart are in two sessions. Sessions merge when an element closes the gap between them.
 *
 * @param gap `'30m'`, or whole milliseconds
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const visits = windowInto(sessions('30m'), {timestamp: (click: {at: number}) => click.at})
 */
export function sessions(gap: Duration): WindowFn {
  return new Sessions(spanOption('sessions', 'gap', gap))
}
