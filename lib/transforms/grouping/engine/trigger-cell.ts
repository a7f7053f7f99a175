import type {BoundedWindow} from '../../../core/index.ts'
import type {TriggerState} from '../../../windowing/index.ts'
import {Cell} from './cell.ts'

/** A cell whose panes a trigger decides on. */
export class TriggerCell extends Cell {
  readonly window: BoundedWindow
  trigger: TriggerState
  /** Something came in since the last pane. */
  pending = false
  /** By the timestamp combiner, of what is pending and was not behind the watermark when it came; NaN without any. */
  timestamp: number = Number.NaN
  /** Where it keeps the output watermark; undefined: nowhere. */
  hold: number | undefined
  /** Panes emitted, and those of them that were not early. */
  panes = 0
  notEarly = 0
  /** Something came in before the watermark passed the end of the window. */
  inTime = false
  /** It has fired, or would have had there been something to emit, after the watermark had passed the end. */
  firedAfterEnd = false
  /** The watermark has passed the end of its window. */
  ended = false
  /** A tombstone: its trigger has finished, and what comes is dropped. */
  closed = false
  /** It was merged into another one, or its window is gone. */
  gone = false
  /** When the clock wakes it, ms. */
  wake: number | undefined

  constructor(
    text: string | number,
    key: unknown,
    parts: {readonly window: BoundedWindow; readonly trigger: TriggerState; readonly accumulators: unknown[]},
  ) {
    super(text, key, parts.accumulators)
    this.window = parts.window
    this.trigger = parts.trigger
  }
}

export function sameSpan(a: BoundedWindow, b: BoundedWindow): boolean {
  return a === b || (a.start === b.start && a.end === b.end)
}
