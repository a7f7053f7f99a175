import {
  downstreamOf,
  hasSources,
  inputWindowings,
  isCheckpointed,
  isLeased,
  type StageInfo,
  throughForeign,
  upstreamOf,
  windowingOf,
} from '../core/index.ts'
import {SluiceError} from '../errors/index.ts'
import {inputStrategy, strategyFrom, type WindowingStrategy} from './strategy.ts'
import {mayFinish} from './triggers/may-finish.ts'
import type {Trigger} from './triggers/trigger.ts'
import {triggerText} from './triggers/trigger-text.ts'

/** What a grouping was told about its state. */
interface GroupingState {
  /** 'volatile': messages are acknowledged when they are taken, what is open is lost with the process. */
  readonly state?: 'volatile' | undefined
}

/**
 * Why a grouping must not run with what is upstream of it; for the `refuse` of its descriptor. It looks at the links made so far.
 */
export function refuseGrouping(info: StageInfo, {state}: GroupingState = {}): SluiceError | undefined {
  return (
    refuseDifferent(info) ??
    refuseLostWindows(info) ??
    refuseNeverFiring(info) ??
    refuseMessages(info, state) ??
    refuseNack(info)
  )
}

/** Why the inputs of a stage cannot become one collection: they are in different windows, or are to be grouped differently. */
export function refuseDifferent(info: StageInfo): SluiceError | undefined {
  const inputs = [...info.upstream]
  if (inputs.length < 2) return undefined
  const windowings = inputWindowings(info)
  const first = strategyFrom(windowings)
  for (const [i, windowing] of windowings.entries()) {
    const other = strategyFrom([windowing])
    if (first.key === other.key || !hasSources(inputs[0]!) || !hasSources(inputs[i]!)) continue
    const [name, part] = difference(first, other)
    return refusal(
      info,
      `joins collections with different ${name}: ${inputs[0]!.name} has ${part(first)}, ${inputs[i]!.name} has ${part(other)}. ` +
        'Put the same windowInto(…) before each input (windowInto(globalWindow()) if windows no longer matter)',
    )
  }
  return undefined
}

type Part = [name: string, show: (strategy: WindowingStrategy) => string]

const PARTS: readonly Part[] = [
  ['windows', ({windowFn, merged}) => (merged ? `merged ${windowFn.key}` : windowFn.key)],
  ['triggers', ({trigger}) => triggerText(trigger)],
  ['accumulation', ({accumulation}) => `'${accumulation}'`],
  ['allowed lateness', ({allowedLateness}) => `${allowedLateness} ms`],
  ['timestamp combiners', ({timestampCombiner}) => `'${timestampCombiner}'`],
  ['closing behaviour', ({closing}) => `closing: '${closing}'`],
  ['on-time behaviour', ({onTime}) => `onTime: '${onTime}'`],
]

/** The first part in which two strategies differ, and how it is shown. */
function difference(a: WindowingStrategy, b: WindowingStrategy): Part {
  return PARTS.find(([, show]) => show(a) !== show(b))!
}

function refuseLostWindows(info: StageInfo): SluiceError | undefined {
  for (const from of info.upstream)
    if (throughForeign(from, info)) {
      const {windowFn} = strategyFrom([windowingOf(from)])
      if (windowFn.needsTimestamps)
        return refusal(
          info,
          `groups elements whose windows (${windowFn.key}) are lost on the way: a stream that is not a sluice stage is piped into ` +
            'it, and windows do not cross such a stream. Use parDo(fn) in its place, wrap a 1:1 Transform in track(transform), or put ' +
            'windowInto(…, {timestamp}) after it',
        )
    }
  return undefined
}

function refuseNeverFiring(info: StageInfo): SluiceError | undefined {
  const {windowFn, trigger} = inputStrategy(info)
  if (windowFn.needsTimestamps || !waitsForTheEnd(trigger)) return undefined
  for (const source of upstreamOf(info))
    if (source.unbounded)
      return refusal(
        info,
        `would never emit anything: ${source.name} never ends, and neither does the global window. Put ` +
          "windowInto(fixedWindows('1m')) before the grouping, or stay in the global window and say when to emit: " +
          "windowInto(globalWindow(), {trigger: repeatedly(afterProcessingTime('10s')), accumulation: 'accumulating'})",
      )
  return undefined
}

/** True for a trigger that fires no earlier than the end of the window; never() is a deliberate choice. */
function waitsForTheEnd(trigger: Trigger): boolean {
  return trigger.kind === 'default' || (trigger.kind === 'after-watermark' && trigger.early === undefined)
}

function refuseMessages(info: StageInfo, state: GroupingState['state']): SluiceError | undefined {
  if (!isLeased(info)) return undefined
  if (isCheckpointed(info))
    return new SluiceError(
      'ERR_SLUICE_CHECKPOINT',
      `${info.name} keeps its groups in memory, and a run that goes on from a checkpoint would not have them: ` +
        'run without `checkpoint`',
      {stage: info.name},
    )
  if (state === 'volatile') return undefined
  return refusal(
    info,
    "groups messages, and what it holds is in memory only. Say that this is enough: {state: 'volatile'} acknowledges messages " +
      'when the grouping takes them; groups that are open when the process dies are lost',
  )
}

function refuseNack(info: StageInfo): SluiceError | undefined {
  if (!isLeased(info)) return undefined
  for (const stage of downstreamOf(info))
    if (stage !== info && stage.onError === 'nack')
      return new SluiceError(
        'ERR_SLUICE_WINDOWING',
        `${stage.name} has onError: 'nack', but ${info.name} upstream of it groups messages and has acknowledged them by then: ` +
          "use onError: deadLetter('tag')",
        {stage: stage.name},
      )
  return undefined
}

/** Why the trigger of a windowInto cannot be used: it may finish while windows still take elements, which would be lost. */
export function refuseUnsafeTrigger(info: StageInfo): SluiceError | undefined {
  const {trigger, allowedLateness} = strategyFrom([windowingOf(info)])
  if (!mayFinish(trigger, allowedLateness)) return undefined
  const fix =
    trigger.kind === 'after-watermark'
      ? `say when late elements are emitted: afterWatermark({late: afterCount(1)}), or allow no lateness (it is ${allowedLateness} ms)`
      : `repeat it: repeatedly(${triggerText(trigger)})`
  return refusal(
    info,
    `has the trigger ${triggerText(trigger)}, which finishes while its window still takes elements: these would be lost. ` +
      `Either ${fix}; or set allowUnsafeTriggers: true if that is what you want`,
  )
}

/** Why elements cannot be put into windows: they come from a stream without event times. `own`: the stage gives them times. */
export function refuseUntimed(info: StageInfo, own: boolean): SluiceError | undefined {
  if (own || info.foreignSources.size === 0 || !strategyFrom([windowingOf(info)]).windowFn.needsTimestamps)
    return undefined
  return refusal(
    info,
    'puts elements into windows of event time, but they come from a stream that is not a sluice stage, and these have no event ' +
      "times. Say where the time is: windowInto(…, {timestamp: row => Date.parse(row.at), outOfOrder: '10s'})",
  )
}

function refusal({name}: StageInfo, what: string): SluiceError {
  return new SluiceError('ERR_SLUICE_WINDOWING', `${name} ${what}`, {stage: name})
}
