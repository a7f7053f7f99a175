import {DEFAULTS} from '../../../core/index.ts'
import type {WindowingStrategy} from '../../../windowing/index.ts'
import type {Grouping, GroupingReport} from './grouping.ts'
import {PlainGrouping} from './plain-grouping.ts'
import type {GroupingSpec} from './spec.ts'
import {TriggerGrouping} from './trigger-grouping.ts'

/** The engine for a windowing strategy: the plain one where it can do what is asked. */
export function grouping<I, O>(
  spec: GroupingSpec<I, O>,
  strategy: WindowingStrategy,
  report: GroupingReport<I>,
  memory: number = DEFAULTS.memory,
): Grouping<I, O> {
  if (isPlain(strategy)) return new PlainGrouping(spec, report, memory)
  return new TriggerGrouping(spec, strategy, report)
}

/** One pane a window, at its end. */
function isPlain({windowFn, trigger, merged, allowedLateness, timestampCombiner}: WindowingStrategy): boolean {
  if (windowFn.merges && !merged) return false
  return trigger.kind === 'default' && allowedLateness === 0 && timestampCombiner === 'end-of-window'
}
