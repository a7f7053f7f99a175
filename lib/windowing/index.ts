export {refuseDifferent, refuseGrouping, refuseUnsafeTrigger, refuseUntimed} from './refusals.ts'
export {
  afterGrouping,
  inputStrategy,
  strategyFrom,
  strategyOf,
  type WindowingStrategy,
} from './strategy.ts'
export {
  type AfterProcessingTimeOptions,
  type AfterWatermarkOptions,
  afterAll,
  afterAny,
  afterCount,
  afterEach,
  afterProcessingTime,
  afterWatermark,
  always,
  defaultTrigger,
  isTrigger,
  never,
  orFinally,
  repeatedly,
  type Trigger,
} from './triggers/trigger.ts'
export {TriggerMachine} from './triggers/trigger-machine.ts'
export type {TriggerState, TriggerTime} from './triggers/trigger-node.ts'
export {triggerText} from './triggers/trigger-text.ts'
export {
  type CalendarOptions,
  type CalendarWeeksOptions,
  calendarDays,
  calendarMonths,
  calendarWeeks,
  calendarYears,
  type Weekday,
} from './windows/calendar-windows.ts'
export {type CustomWindowsOptions, customWindows, type WindowSpan} from './windows/custom-windows.ts'
export {type FixedWindowsOptions, fixedWindows} from './windows/fixed-windows.ts'
export {globalWindow} from './windows/global-window.ts'
export {sessions} from './windows/sessions.ts'
export {type SlidingWindowsOptions, slidingWindows} from './windows/sliding-windows.ts'
export {WindowFn} from './windows/window-fn.ts'
