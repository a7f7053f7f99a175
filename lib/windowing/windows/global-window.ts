import {type BoundedWindow, GLOBAL_WINDOW} from '../../core/index.ts'
import {WindowFn} from './window-fn.ts'

class GlobalWindowFn extends WindowFn {
  readonly key = 'global'
  override readonly needsTimestamps = false

  override assign(): BoundedWindow {
    return GLOBAL_WINDOW
  }
}

const GLOBAL = new GlobalWindowFn()

/**
 * One window for all of time, in which every element is until `windowInto` puts it into another.
 *
 * A grouping of bounded input closes it at the end of the input; a grouping of unbounded input needs a trigger, since it never ends.
 *
 * @example
 * const running = windowInto<{user: string}>(globalWindow(), {
 *   trigger: repeatedly(afterProcessingTime('10s')),
 *   accumulation: 'accumulating',
 * })
 */
export function globalWindow(): WindowFn {
  return GLOBAL
}
