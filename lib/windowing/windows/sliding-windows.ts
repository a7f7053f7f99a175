import type {BoundedWindow} from '../../core/index.ts'
import {badOption, checkOptionNames} from '../../errors/index.ts'
import type {Duration} from '../../util/index.ts'
import {offsetOption, spanOption} from './span-option.ts'
import {CACHED, floorModulo, windowAround} from './window-cache.ts'
import {WindowFn} from './window-fn.ts'

/** Options of {@link slidingWindows}. */
export interface SlidingWindowsOptions {
  /** How often a window begins: `'1m'`, or whole milliseconds. */
  period: Duration
  /** Moves the borders. Default 0: windows begin at multiples of the period since 1970, UTC. */
  offset?: Duration | undefined
}

type Assigned = BoundedWindow | readonly BoundedWindow[]

/** The windows of every timestamp in `[from, until)`. */
interface Cached {
  readonly from: number
  readonly until: number
  readonly windows: Assigned
}

/** More windows per element than anyone could want. */
const MAX_WINDOWS = 100_000

class SlidingWindows extends WindowFn {
  readonly key: string
  readonly #size: number
  readonly #period: number
  readonly #offset: number
  /** By the number of the period, modulo its length: two places for each. */
  readonly #cache: (Cached | undefined)[] = Array(CACHED).fill(undefined)

  constructor(size: number, period: number, offset: number) {
    super()
    this.#size = size
    this.#period = period
    this.#offset = offset
    this.key = `sliding(${size}, ${period}, ${offset})`
  }

  override assign(timestamp: number): Assigned {
    // elements early in a period may be in one window more than those late in it
    const index = Math.floor((timestamp - this.#offset) / this.#period)
    const early = timestamp - this.#offset - index * this.#period < this.#size % this.#period
    const at = (index * 2 + (early ? 1 : 0)) & (CACHED - 1)
    const cached = this.#cache[at]
    if (cached !== undefined && timestamp >= cached.from && timestamp < cached.until) return cached.windows
    const made = this.#make(timestamp)
    this.#cache[at] = made
    return made.windows
  }

  #make(timestamp: number): Cached {
    const since = floorModulo(timestamp - this.#offset, this.#period)
    const latest = timestamp - since
    // windows that begin at `latest - k * period` and end after the timestamp
    const count = Math.ceil((this.#size - since) / this.#period)
    // at the ends of time, windows are cut and some become equal
    const windows = new Set<BoundedWindow>()
    for (let k = count - 1; k >= 0; k--) {
      const start = latest - k * this.#period
      windows.add(windowAround(timestamp, start, start + this.#size))
    }
    const [first, ...rest] = windows
    const {start = timestamp, end = latest + this.#period} = first ?? {}
    return {
      // when the window before these has ended
      from: Math.max(start, latest, latest - count * this.#period + this.#size),
      until: Math.min(end, latest + this.#period),
      windows: first && rest.length === 0 ? first : Object.freeze([...windows]),
    }
  }
}

/**
 * Windows of one size that begin at every period: with `slidingWindows('10m', {period: '1m'})` each element is in ten of them.
 *
 * A period longer than the size leaves gaps between windows: elements in these are in no window, and are dropped and counted.
 *
 * @param size length of a window: `'10m'`, or whole milliseconds
 * @param options `period`, `offset` (0)
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const lastTenMinutes = slidingWindows('10m', {period: '1m'})
 */
export function slidingWindows(size: Duration, options: SlidingWindowsOptions): WindowFn {
  const where = 'slidingWindows'
  checkOptionNames(where, options ?? {}, ['period', 'offset'])
  const span = spanOption(where, 'size', size)
  const period = spanOption(where, 'period', options?.period)
  if (span / period > MAX_WINDOWS)
    throw badOption(
      where,
      'period',
      options.period,
      `a longer one: each element would be in ${Math.ceil(span / period)} windows`,
    )
  return new SlidingWindows(span, period, offsetOption(where, options.offset, period))
}
