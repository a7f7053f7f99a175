import {type BoundedWindow, boundedWindow, checkTimestamp} from '../../core/index.ts'
import {badOption, checkOptionNames, SluiceError, show} from '../../errors/index.ts'
import {overlapping} from './sessions.ts'
import {WindowFn, type WindowMerge} from './window-fn.ts'

/** A span of event time as {@link customWindows} takes it, integer milliseconds. */
export interface WindowSpan {
  /** The first millisecond in it. */
  readonly start: number
  /** The first millisecond after it. */
  readonly end: number
}

/** What {@link customWindows} takes. */
export interface CustomWindowsOptions<T = unknown> {
  /** Identifies the function. Functions with the same name count as equal, so include the parameters: `'auction(5m)'`. */
  name: string
  /** Returns the window of an element, or several, or none. */
  assign: (timestamp: number, element: T) => WindowSpan | readonly WindowSpan[]
  /**
   * Which windows of one key become one: `'overlapping'` as those of sessions do, or a function that is given them in order of their
   * start and returns what becomes what. Default: windows never merge.
   */
  merge?:
    | 'overlapping'
    | ((windows: readonly BoundedWindow[]) => readonly {into: WindowSpan; from: readonly BoundedWindow[]}[])
    | undefined
}

class CustomWindows<T> extends WindowFn {
  readonly key: string
  override readonly merges: boolean
  readonly #options: CustomWindowsOptions<T>

  constructor(options: CustomWindowsOptions<T>) {
    super()
    this.key = `custom(${options.name})`
    this.merges = options.merge !== undefined
    this.#options = options
  }

  override assign(timestamp: number, value: T): BoundedWindow | readonly BoundedWindow[] {
    const assigned = this.#options.assign(timestamp, value)
    if (!Array.isArray(assigned)) return this.#window(assigned)
    const windows = new Set(assigned.map(span => this.#window(span)))
    return windows.size === 1 ? [...windows][0]! : [...windows].sort((a, b) => a.start - b.start || a.end - b.end)
  }

  override merge(windows: readonly BoundedWindow[]): readonly WindowMerge[] {
    const {merge} = this.#options
    if (typeof merge !== 'function') return merge === undefined ? [] : overlapping(windows)
    return merge(windows).map(({into, from}) => ({into: this.#window(into), from}))
  }

  override sideWindow(): BoundedWindow {
    throw new SluiceError(
      'ERR_SLUICE_WINDOWING',
      `a side input cannot be in windows of ${this.key}: they may depend on the element; use fixedWindows(), slidingWindows(), ` +
        'calendar windows or globalWindow() for it',
    )
  }

  #window(span: unknown): BoundedWindow {
    const {start, end} = (span ?? {}) as Partial<WindowSpan>
    if (Number.isInteger(start) && Number.isInteger(end) && start! < end!) {
      checkTimestamp(start, this.key)
      checkTimestamp(end! - 1, this.key)
      return this.merges ? {start: start!, end: end!, maxTimestamp: end! - 1} : boundedWindow(start!, end!)
    }
    throw new SluiceError(
      'ERR_SLUICE_WINDOWING',
      `${this.key} returned ${show(span)}; return {start, end} in integer milliseconds with start < end, or an array of these`,
    )
  }
}

/**
 * Windows by a function of yours, which may look at the element too.
 *
 * @param options `name`, `assign`, and `merge` for windows that become one
 * @throws {SluiceError} `ERR_SLUICE_OPTION`; `ERR_SLUICE_WINDOWING` fails the run when a function returns something that is not a window
 *
 * @example
 * const auctions = customWindows<{opened: number; closes: number}>({
 *   name: 'auction',
 *   assign: (_timestamp, bid) => ({start: bid.opened, end: bid.closes}),
 * })
 */
export function customWindows<T = unknown>(options: CustomWindowsOptions<T>): WindowFn {
  const where = 'customWindows'
  checkOptionNames(where, options ?? null!, ['name', 'assign', 'merge'])
  const {name, assign, merge} = options
  if (typeof name !== 'string' || name === '') throw badOption(where, 'name', name, "a text such as 'auction(5m)'")
  if (typeof assign !== 'function')
    throw badOption(where, 'assign', assign, 'a function (timestamp, element) => ({start, end})')
  if (merge !== undefined && merge !== 'overlapping' && typeof merge !== 'function')
    throw badOption(where, 'merge', merge, "'overlapping', or a function of windows")
  return new CustomWindows(options)
}
