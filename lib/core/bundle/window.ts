import {Interner} from './intern.ts'

/** The earliest event time, integer milliseconds: that of the earliest `Date`. */
export const MIN_TIMESTAMP = -8_640_000_000_000_000
/** The latest event time, integer milliseconds: that of the latest `Date`. */
export const MAX_TIMESTAMP = 8_640_000_000_000_000

/**
 * A span of event time, integer milliseconds. Equal windows are mostly one object, but those of sessions are not: compare start and
 * end.
 */
export interface BoundedWindow {
  /** The first millisecond in it. */
  readonly start: number
  /** The first millisecond after it. */
  readonly end: number
  /** The last millisecond in it, `end - 1`. */
  readonly maxTimestamp: number
}

/** The windows of one value: mostly one, several until a step takes the value once per window. */
export type WindowSlot = BoundedWindow | readonly BoundedWindow[]

/** Why a value was emitted by a grouping. Interned: equal panes are one object. */
export interface PaneInfo {
  /** Index of the pane among those of its key and window, from 0. */
  readonly index: number
  /** Index among the panes that are not early, from 0; -1 for an early pane. */
  readonly onTimeIndex: number
  /** Before, at or after the moment the watermark passed the end of the window; 'unknown' for what was never grouped. */
  readonly timing: 'early' | 'on-time' | 'late' | 'unknown'
  readonly isFirst: boolean
  readonly isLast: boolean
}

const windows = new Interner<BoundedWindow>()
const panes = new Interner<PaneInfo>()

/** The window `[start, end)`. */
export function boundedWindow(start: number, end: number): BoundedWindow {
  return windows.get(`${start}:${end}`, () => Object.freeze({start, end, maxTimestamp: end - 1}))
}

/** Whether two values are in the same windows; undefined means the global window. */
export function sameWindows(a: WindowSlot = GLOBAL_WINDOW, b: WindowSlot = GLOBAL_WINDOW): boolean {
  if (a === b) return true
  if (!Array.isArray(a) || !Array.isArray(b)) return same(a as BoundedWindow, b as BoundedWindow)
  return a.length === b.length && a.every((window, i) => same(window, b[i]!))
}

function same(a: BoundedWindow, b: BoundedWindow): boolean {
  return a.start === b.start && a.end === b.end
}

/** The pane with this content. */
export function paneInfo({index, onTimeIndex, timing, isFirst, isLast}: PaneInfo): PaneInfo {
  const key = `${index}:${onTimeIndex}:${timing}:${isFirst}:${isLast}`
  return panes.get(key, () => Object.freeze({index, onTimeIndex, timing, isFirst, isLast}))
}

/** The window of every value that no step has put into another; it ends a day before time does, so that lateness can be added. */
export const GLOBAL_WINDOW = boundedWindow(MIN_TIMESTAMP, MAX_TIMESTAMP - 86_400_000 + 1)

/** The pane of a value that was never grouped. */
export const UNKNOWN_PANE = paneInfo({index: 0, onTimeIndex: 0, timing: 'unknown', isFirst: true, isLast: true})
