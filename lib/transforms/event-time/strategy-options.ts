import {badOption, durationOption, enumOption, SluiceError} from '../../errors/index.ts'
import type {Duration} from '../../util/index.ts'
import {
  defaultTrigger,
  isTrigger,
  strategyOf,
  type Trigger,
  triggerText,
  type WindowFn,
  type WindowingStrategy,
} from '../../windowing/index.ts'

/** When groupings emit, and what. */
export interface StrategyOptions {
  /** When groupings emit; default: when the watermark passes the end of the window, and for each late element. */
  trigger?: Trigger | undefined
  /** What a pane holds: what came since the one before ('discarding'), or all of its window so far ('accumulating'); to be given with a trigger, else 'discarding'. */
  accumulation?: 'discarding' | 'accumulating' | undefined
  /** How long after its end a window still takes elements; later ones are dropped and counted. Default: that of the input, else 0. */
  allowedLateness?: Duration | undefined
  /** The event time of what a grouping emits: the last millisecond of its window (default), or that of an element. */
  timestampCombiner?: 'end-of-window' | 'earliest' | 'latest' | undefined
  /** Whether a window emits a last pane when it expires even if nothing came since the one before; default 'if-non-empty'. */
  closing?: 'if-non-empty' | 'always' | undefined
  /** Whether a window emits an on-time pane even if nothing came since an early one; default 'always'. */
  onTime?: 'always' | 'if-non-empty' | undefined
}

/** Checks the options, and returns the strategy that they make of that of the input. */
export function strategyOptions(
  where: string,
  windowFn: WindowFn,
  options: StrategyOptions,
): (input: WindowingStrategy) => WindowingStrategy {
  if (typeof windowFn?.assign !== 'function' || typeof windowFn.key !== 'string')
    throw badOption(where, 'fn', windowFn, "a window function, for example fixedWindows('1m')")
  const {trigger, allowedLateness} = options
  if (trigger !== undefined && !isTrigger(trigger))
    throw badOption(where, 'trigger', trigger, 'a trigger, for example afterWatermark({early: afterCount(100)})')
  if (trigger && trigger.kind !== 'default' && options.accumulation === undefined)
    throw new SluiceError(
      'ERR_SLUICE_WINDOWING',
      `${where}: with the trigger ${triggerText(trigger)} a window may emit several panes: say what is in each. ` +
        "accumulation: 'discarding' for what came since the pane before, 'accumulating' for all of the window so far",
      {stage: where},
    )
  const lateness =
    allowedLateness === undefined ? undefined : durationOption(where, 'allowedLateness', allowedLateness, 0)
  const parts = {
    windowFn,
    trigger: trigger ?? defaultTrigger(),
    accumulation: enumOption(where, 'accumulation', options.accumulation, 'discarding', ['discarding', 'accumulating']),
    timestampCombiner: enumOption(where, 'timestampCombiner', options.timestampCombiner, 'end-of-window', [
      'end-of-window',
      'earliest',
      'latest',
    ]),
    closing: enumOption(where, 'closing', options.closing, 'if-non-empty', ['if-non-empty', 'always']),
    onTime: enumOption(where, 'onTime', options.onTime, 'always', ['always', 'if-non-empty']),
    merged: false,
    explicitTrigger: trigger !== undefined,
  } as const
  return input => strategyOf({...parts, allowedLateness: lateness ?? input.allowedLateness})
}
