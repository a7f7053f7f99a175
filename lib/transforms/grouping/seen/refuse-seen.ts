import {downstreamOf, isCheckpointed, isLeased, type StageInfo, upstreamOf} from '../../../core/index.ts'
import {SluiceError, type SluiceErrorCode} from '../../../errors/index.ts'
import {inputStrategy, refuseDifferent} from '../../../windowing/index.ts'

/** Why a stage that remembers in memory what it has seen must not run in its chain. */
export function refuseSeen(info: StageInfo, state: 'volatile' | undefined): SluiceError | undefined {
  if (!isLeased(info)) return undefined
  if (isCheckpointed(info))
    return refusal(
      info,
      'ERR_SLUICE_CHECKPOINT',
      'remembers in memory what it has seen, and a run that goes on from a checkpoint would not: run without `checkpoint`',
    )
  if (state !== 'volatile')
    return refusal(
      info,
      'ERR_SLUICE_WINDOWING',
      "remembers in memory what it has seen: after a restart, a copy of an earlier message may pass. Say that this is enough: {state: 'volatile'}",
    )
  for (const stage of downstreamOf(info))
    if (stage !== info && stage.onError === 'nack')
      return refusal(
        info,
        'ERR_SLUICE_WINDOWING',
        `would take a message that ${stage.name} has given back (onError: 'nack') for a copy when it comes again, and drop it: use ` +
          "onError: deadLetter('tag') there",
      )
  return undefined
}

/** Why a stage that looks at single windows must not run behind some that merge. */
export function refuseMerging(info: StageInfo): SluiceError | undefined {
  const {windowFn, merged} = inputStrategy(info)
  if (!windowFn.merges || merged) return undefined
  return refusal(
    info,
    'ERR_SLUICE_WINDOWING',
    `needs windows that are known when an element comes, and ${windowFn.key} become so when a grouping merges them: group first ` +
      '(groupBy), or use windows of a fixed length',
  )
}

/** Why a stage that holds messages for as long as it takes must not run in its chain. */
export function refuseHolding(info: StageInfo): SluiceError | undefined {
  if (!isLeased(info)) return undefined
  return refusal(
    info,
    'ERR_SLUICE_WINDOWING',
    'holds messages until a batch is full, and a key that comes seldom would never let go of its messages. Say how long the first may ' +
      "wait: {delay: '10s'}",
  )
}

/** Why a stage that remembers all that it has seen in a window must not run in its chain. */
export function refuseEndless(info: StageInfo): SluiceError | undefined {
  const refused = refuseMerging(info) ?? refuseDifferent(info)
  if (refused || inputStrategy(info).windowFn.needsTimestamps) return refused
  for (const source of upstreamOf(info))
    if (source.unbounded)
      return refusal(
        info,
        'ERR_SLUICE_WINDOWING',
        `would remember everything that it has ever seen, and ${source.name} never ends. Put windowInto(fixedWindows('1h')) before ` +
          "it, or use deduplicate({within: '1h'})",
      )
  return undefined
}

function refusal({name}: StageInfo, code: SluiceErrorCode, what: string): SluiceError {
  return new SluiceError(code, `${name} ${what}`, {stage: name})
}
