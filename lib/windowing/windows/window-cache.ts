import {type BoundedWindow, boundedWindow, GLOBAL_WINDOW, MAX_TIMESTAMP, MIN_TIMESTAMP} from '../../core/index.ts'

/** How many windows a cache holds: a day of minutes fits. A power of two. */
export const CACHED = 2048

/**
 * The window `[start, end)` around a timestamp, cut to what timestamps can be. As in Beam, it ends no later than the global window,
 * so that lateness can be added; timestamps after the global window have windows of their own.
 */
export function windowAround(timestamp: number, start: number, end: number): BoundedWindow {
  const edge = GLOBAL_WINDOW.end
  return timestamp < edge
    ? boundedWindow(Math.max(start, MIN_TIMESTAMP), Math.min(end, edge))
    : boundedWindow(Math.max(start, edge), Math.min(end, MAX_TIMESTAMP + 1))
}

/** The remainder that is never negative, also before 1970: `floorModulo(-1, 60)` is 59. */
export function floorModulo(dividend: number, divisor: number): number {
  const rest = dividend % divisor
  // adding 0 turns -0 into 0
  return rest < 0 ? rest + divisor : rest + 0
}

/** Recently used windows that do not overlap, found by timestamp. */
export class RecentWindows {
  /** In order of their start. */
  readonly #windows: BoundedWindow[] = []

  find(timestamp: number): BoundedWindow | undefined {
    const window = this.#windows[this.#after(timestamp) - 1]
    return window !== undefined && timestamp < window.end ? window : undefined
  }

  add(window: BoundedWindow): BoundedWindow {
    if (this.#windows.length >= CACHED) this.#windows.length = 0
    this.#windows.splice(this.#after(window.start), 0, window)
    return window
  }

  /** How many begin no later than this. */
  #after(timestamp: number): number {
    let [low, high] = [0, this.#windows.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#windows[middle]!.start <= timestamp) low = middle + 1
      else high = middle
    }
    return low
  }
}
