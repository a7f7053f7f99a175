import {type BoundedWindow, inputWindowings, type StageInfo, type Windowing} from '../core/index.ts'
import {continuationOf} from './triggers/continuation.ts'
import {defaultTrigger, type Trigger} from './triggers/trigger.ts'
import {triggerText} from './triggers/trigger-text.ts'
import {globalWindow} from './windows/global-window.ts'
import type {WindowFn} from './windows/window-fn.ts'

/** How a collection is put into windows, and when groupings of it emit. */
export interface WindowingStrategy extends Windowing {
  readonly windowFn: WindowFn
  readonly trigger: Trigger
  /** Whether a pane holds what came since the one before, or all of its window so far. */
  readonly accumulation: 'discarding' | 'accumulating'
  /** How long after its end a window still takes elements, ms. */
  readonly allowedLateness: number
  /** The event time of a pane. */
  readonly timestampCombiner: 'end-of-window' | 'earliest' | 'latest'
  /** Whether a window emits a last pane even if nothing came since the one before. */
  readonly closing: 'if-non-empty' | 'always'
  /** Whether an empty on-time pane is emitted. */
  readonly onTime: 'always' | 'if-non-empty'
  /** True downstream of a grouping that has merged the windows. */
  readonly merged: boolean
  /** True when the user has chosen the trigger. */
  readonly explicitTrigger: boolean
}

/** A strategy from its parts; its key follows from them. */
export function strategyOf(
  parts: Omit<WindowingStrategy, 'key' | 'inWindows' | 'mergesWindows' | 'sideWindow'>,
): WindowingStrategy {
  const {windowFn, trigger, accumulation, allowedLateness, timestampCombiner, closing, onTime, merged} = parts
  const key = [
    merged ? `merged ${windowFn.key}` : windowFn.key,
    triggerText(trigger),
    accumulation,
    allowedLateness,
    timestampCombiner,
    closing,
    onTime,
  ].join(' ')
  return Object.freeze({
    ...parts,
    key,
    inWindows: windowFn.needsTimestamps,
    mergesWindows: windowFn.merges,
    sideWindow: (main: BoundedWindow) => windowFn.sideWindow(main),
  })
}

/** That of a collection for which nothing was chosen. */
export const DEFAULT_STRATEGY: WindowingStrategy = strategyOf({
  windowFn: globalWindow(),
  trigger: defaultTrigger(),
  accumulation: 'discarding',
  allowedLateness: 0,
  timestampCombiner: 'end-of-window',
  closing: 'if-non-empty',
  onTime: 'always',
  merged: false,
  explicitTrigger: false,
})

/** The strategy of what a grouping emits: the same windows, which merge no more, and a trigger that hands panes on as they come. */
export function afterGrouping(strategy: WindowingStrategy): WindowingStrategy {
  return strategyOf({...strategy, trigger: continuationOf(strategy.trigger), merged: strategy.windowFn.merges})
}

/** The strategy of a stage's (first) input, as its descriptor's `windowing` is given them. */
export function strategyFrom(inputs: readonly (Windowing | undefined)[]): WindowingStrategy {
  return (inputs[0] as WindowingStrategy | undefined) ?? DEFAULT_STRATEGY
}

/** The strategy of a stage's (first) input, from the links that are there so far. */
export function inputStrategy(info: StageInfo): WindowingStrategy {
  return strategyFrom(inputWindowings(info))
}
