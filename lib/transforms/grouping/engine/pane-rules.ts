import {type BoundedWindow, GLOBAL_WINDOW, type PaneInfo, paneInfo} from '../../../core/index.ts'
import type {Trigger, WindowingStrategy} from '../../../windowing/index.ts'
import type {TriggerCell} from './trigger-cell.ts'

/** The watermark up to which a window takes elements. */
export function expiryOf({maxTimestamp}: BoundedWindow, {allowedLateness}: WindowingStrategy): number {
  return Math.min(maxTimestamp + allowedLateness, GLOBAL_WINDOW.maxTimestamp)
}

/** The pane that a cell emits next. */
export function nextPane(cell: TriggerCell, watermark: number, isLast: boolean): PaneInfo {
  const timing = timingOf(cell, watermark)
  return paneInfo({
    index: cell.panes,
    onTimeIndex: timing === 'early' ? -1 : cell.notEarly,
    timing,
    isFirst: cell.panes === 0,
    isLast,
  })
}

export function timingOf(
  {window, inTime, firedAfterEnd}: TriggerCell,
  watermark: number,
): 'early' | 'on-time' | 'late' {
  if (watermark <= window.maxTimestamp) return 'early'
  return inTime && !firedAfterEnd ? 'on-time' : 'late'
}

/** The timestamp of what a cell has to emit. */
export function paneTimestamp({timestamp, window}: TriggerCell): number {
  return Number.isNaN(timestamp) ? window.maxTimestamp : timestamp
}

/** Whether a trigger has a firing at the end of the window, which is emitted even if it is empty. */
export function hasOnTimePane(trigger: Trigger): boolean {
  return someTrigger(trigger, kind => kind === 'default' || kind === 'after-watermark')
}

/** Whether a trigger goes by the clock. */
export function usesClock(trigger: Trigger): boolean {
  return someTrigger(trigger, kind => kind.endsWith('processing-time'))
}

function someTrigger(trigger: Trigger, test: (kind: Trigger['kind']) => boolean): boolean {
  return test(trigger.kind) || partsOf(trigger).some(part => someTrigger(part, test))
}

function partsOf(trigger: Trigger): readonly Trigger[] {
  switch (trigger.kind) {
    case 'after-watermark':
      return [trigger.early, trigger.late].filter(part => part !== undefined)
    case 'repeatedly':
      return [trigger.trigger]
    case 'or-finally':
      return [trigger.trigger, trigger.until]
    case 'after-any':
    case 'after-all':
    case 'after-each':
      return trigger.triggers
    default:
      return []
  }
}
