import {type BoundedWindow, GLOBAL_WINDOW} from '../../core/index.ts'
import {badOption, checkOptionNames} from '../../errors/index.ts'
import type {Duration} from '../../util/index.ts'
import {spanOption} from './span-option.ts'
import {floorModulo, WindowCache, windowAround} from './window-cache.ts'
import {WindowFn} from './window-fn.ts'

/** Options of {@link slidingWindows}. */
export interface SlidingWindowsOptions {
  /** How often a window begins: `'1m'`, or whole milliseconds. */
  period: Duration
  /** Moves the borders. Default 0: windows begin at multiples of the period since 1970, UTC. */
  offset?: Duration | undefined
}

type Assigned = BoundedWindow | readonly BoundedWindow[]

/** More windows for each element than anybody can mean. */
const MAX_WINDOWS = 100_000

class SlidingWindows extends WindowFn {
  readonly key: string
  readonly #size: number
  readonly #period: number
  readonly #offset: number
  /** By the start of the latest window: elements early in the period may be in one window more than those late in it. */
  readonly #cache = [new WindowCache<Assigned>(), new WindowCache<Assigned>()] as const

  constructor(size: number, period: number, offset: number) {
    super()
    this.#size = size
    this.#period = period
    this.#offset = offset
    this.key = `sliding(${size}, ${period}, ${offset})`
  }

  override assign(timestamp: number): Assigned {
    const since = floorModulo(timestamp - this.#offset, this.#period)
    const latest = timestamp - since
    // windows that begin at `latest - k * period` and end after the timestamp
    const count = Math.ceil((this.#size - since) / this.#period)
    // there, windows are cut differently
    if (timestamp >= GLOBAL_WINDOW.end) return this.#make(timestamp, latest, count)
    const cache = this.#cache[count % 2]!
    return cache.get(latest) ?? cache.set(latest, this.#make(timestamp, latest, count))
  }

  #make(timestamp: number, latest: number, count: number): Assigned {
    // cut to the ends of time, some may be the same
    const windows = new Set<BoundedWindow>()
    for (let k = count - 1; k >= 0; k--) {
      const start = latest - k * this.#period
      windows.add(windowAround(timestamp, start, start + this.#size))
    }
    const [first, ...rest] = windows
    return first && rest.length === 0 ? first : Object.freeze([...windows])
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
  return new SlidingWindows(span, period, spanOption(where, 'offset', options.offset ?? 0, 0) % period)
}
