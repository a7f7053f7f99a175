import {type BoundedWindow, GLOBAL_WINDOW} from '../../core/index.ts'
import {SluiceError} from '../../errors/index.ts'

/** Windows that become one. */
export interface WindowMerge {
  readonly into: BoundedWindow
  /** At least one of these differs from `into`. */
  readonly from: readonly BoundedWindow[]
}

/** Assigns elements to windows of event time. Made by `fixedWindows()` and the like. */
export abstract class WindowFn {
  /** Equal text means the same windows: `fixed(60000, 0)`. */
  abstract readonly key: string
  /** True when windows of one key may become one, as sessions do. */
  readonly merges: boolean = false
  /** True when windows depend on event time: all but the global window. */
  readonly needsTimestamps: boolean = true
  /**
   * Returns the windows of an element, in order of their start: the interned window itself for one, an array for several or none.
   *
   * @param timestamp event time, integer milliseconds
   */
  abstract assign(timestamp: number, value: unknown): BoundedWindow | readonly BoundedWindow[]
  /** For functions that merge: which of these windows, sorted by start, become one. Unchanged windows are left out. */
  merge?(windows: readonly BoundedWindow[]): readonly WindowMerge[]
  /** The window of a side input with these windows for a window of the main input: the earliest that contains its last millisecond. */
  sideWindow(main: BoundedWindow): BoundedWindow {
    if (main === GLOBAL_WINDOW && this.needsTimestamps)
      throw new SluiceError(
        'ERR_SLUICE_WINDOWING',
        `a side input in windows of ${this.key} has no one window for an element in the global window; ` +
          'put the main input into windows too, or the side input into globalWindow()',
      )
    const assigned = this.assign(main.maxTimestamp, undefined)
    const window = (Array.isArray(assigned) ? assigned[0] : assigned) as BoundedWindow | undefined
    if (window) return window
    throw new SluiceError(
      'ERR_SLUICE_WINDOWING',
      `a side input in windows of ${this.key} has none for the window that ends at ${new Date(main.end).toISOString()}; ` +
        'use windows without gaps',
    )
  }
}
