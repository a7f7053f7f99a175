import type {StageInfo} from '../../../core/index.ts'
import {SluiceError} from '../../../errors/index.ts'
import {inputStrategy} from '../../../windowing/index.ts'

/** Why the rows of a join would miss each other: panes hold what is new, and rows of different panes never meet. */
export function refusePanes(info: StageInfo): SluiceError | undefined {
  const {trigger, accumulation, allowedLateness} = inputStrategy(info)
  const once =
    trigger.kind === 'default' ||
    trigger.kind === 'never' ||
    (trigger.kind === 'after-watermark' && trigger.early === undefined)
  if (accumulation === 'accumulating' || (once && allowedLateness === 0)) return undefined
  const cause = once ? `an allowed lateness of ${allowedLateness} ms` : 'a trigger that fires several times'
  return new SluiceError(
    'ERR_SLUICE_WINDOWING',
    `${info.name} joins windows that have ${cause}, and each pane holds only what is new since the one before: rows that come in ` +
      "different panes would never meet. Set accumulation: 'accumulating' in the windowInto before each input (every pane then has all " +
      'rows of its window so far), or let windows have one pane',
    {stage: info.name},
  )
}
