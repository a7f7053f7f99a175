import type {BoundedWindow} from '../../core/index.ts'
import {checkOptionNames} from '../../errors/index.ts'
import type {Duration} from '../../util/index.ts'
import {offsetOption, spanOption} from './span-option.ts'
import {CACHED, floorModulo, windowAround} from './window-cache.ts'
import {WindowFn} from './window-fn.ts'

/** Options of {@link fixedWindows}. */
export interface FixedWindowsOptions {
  /** Moves the borders: with `'15m'`, windows of an hour begin at a quarter past. It may be negative: `'-8h'`. Default 0: borders are multiples of the size since 1970, UTC. */
  offset?: Duration | undefined
}

class FixedWindows extends WindowFn {
  readonly key: string
  readonly #size: number
  readonly #offset: number
  /** By the number of the window, modulo its length: a map would cost ten times as much. */
  readonly #cache: (BoundedWindow | undefined)[] = Array(CACHED).fill(undefined)
  #last: BoundedWindow | undefined

  constructor(size: number, offset: number) {
    super()
    this.#size = size
    this.#offset = offset
    this.key = `fixed(${size}, ${offset})`
  }

  override assign(timestamp: number): BoundedWindow {
    const last = this.#last
    if (last !== undefined && timestamp >= last.start && timestamp < last.end) return last
    return (this.#last = this.#find(timestamp))
  }

  #find(timestamp: number): BoundedWindow {
    const at = Math.floor((timestamp - this.#offset) / this.#size) & (CACHED - 1)
    const window = this.#cache[at]
    if (window !== undefined && timestamp >= window.start && timestamp < window.end) return window
    const start = timestamp - floorModulo(timestamp - this.#offset, this.#size)
    return (this.#cache[at] = windowAround(timestamp, start, start + this.#size))
  }
}

/**
 * Windows of one size, side by side: each element is in exactly one.
 *
 * A window holds its first millisecond and not its end: with `'1m'`, 10:00:00.000 to 10:00:59.999.
 *
 * @param size length of a window: `'1m'`, `'1h'`, or whole milliseconds
 * @param options `offset` (0)
 * @throws {SluiceError} `ERR_SLUICE_OPTION`: a size that is not at least 1 ms, or not whole milliseconds
 *
 * @example
 * const perMinute = windowInto(fixedWindows('1m'), {timestamp: (event: {at: number}) => event.at})
 * const days = fixedWindows('1d', {offset: '-8h'}) // midnight at UTC+8; through daylight saving: calendarDays()
 */
export function fixedWindows(size: Duration, options?: FixedWindowsOptions): WindowFn {
  checkOptionNames('fixedWindows', options, ['offset'])
  const span = spanOption('fixedWindows', 'size', size)
  return new FixedWindows(span, offsetOption('fixedWindows', options?.offset, span))
}
