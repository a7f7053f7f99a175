import {Bundle, type BundleParts} from './bundle.ts'
import {type BoundedWindow, GLOBAL_WINDOW} from './window.ts'

/** A timer whose time has come, as user code gets it. */
export interface FiredTimer {
  /** The name under which the DoFn has set it. */
  readonly id: string
  /** What it was set by: the watermark, or the clock. */
  readonly domain: 'event' | 'processing'
  /** The time it was set for, integer milliseconds. */
  readonly timestamp: number
  /** The event time of its outputs, integer milliseconds; for an event timer normally its own. */
  readonly outputTimestamp: number
  readonly window: BoundedWindow
  readonly key?: unknown
}

/** What the outputs of fired timers take from the state that has set them: their ids, and the leases that they share. */
export type TimerColumns = Pick<BundleParts, 'ids' | 'leases'>

/** Fired timers as a chunk: what user code makes of one derives from it as outputs derive from an element. */
export function timerChunk(timers: readonly FiredTimer[], columns: TimerColumns = {}): Bundle<FiredTimer> {
  return new Bundle([...timers], {
    ...columns,
    timestamps: Float64Array.from(timers, ({outputTimestamp}) => outputTimestamp),
    windows: timers.every(({window}) => window === GLOBAL_WINDOW) ? undefined : timers.map(({window}) => window),
  })
}
