import {
  CALL_KIND,
  type CallKind,
  downstreamOf,
  noteGathering,
  type StageInfo,
  tooFewOutstanding,
} from '../../../core/index.ts'
import {formatDuration} from '../../../util/index.ts'

/** The downstream stages that receive at most one element per message. */
function oneForOne(info: StageInfo): Set<StageInfo> {
  const found = new Set([info])
  // a Set is iterated in insertion order, including entries added during the loop
  for (const each of found)
    if (each === info || ONE_FOR_ONE.includes((each.stream as {[CALL_KIND]?: CallKind})[CALL_KIND] ?? 'process'))
      for (const next of each.downstream) found.add(next)
  return found
}

const ONE_FOR_ONE: readonly CallKind[] = ['map', 'filter', 'tap']

/** Warns at the start about two weaknesses of a streaming job: unhandled poison messages, and sinks that wait too long. */
export function warnAtStart(info: StageInfo, ackDeadline: number): void {
  const {name, log} = info
  const below = [...downstreamOf(info)]
  const failing = below
    .filter(({kind, onError, total}) => kind === 'dofn' && onError === 'fail' && !total)
    .map(stage => stage.name)
  if (failing.length > 0)
    log.warn(
      `${name} never ends, and ${failing.join(', ')} ${failing.length === 1 ? 'fails' : 'fail'} the run with the first ` +
        'message that cannot be processed, which will be delivered again and fail the next run too; give ' +
        "onError: deadLetter('tag') to set such messages aside, or onError: 'nack' to leave them to the subscription's policy",
      {stage: name, failing},
    )
  for (const stage of oneForOne(info)) {
    const {gathers} = stage
    if (gathers === undefined || info.maxOutstanding === undefined || gathers <= info.maxOutstanding) continue
    noteGathering(stage)
    log.warn(tooFewOutstanding(stage.name, gathers, info), {stage: stage.name})
  }
  for (const {name: sink, maxDelay} of below)
    if (maxDelay !== undefined && maxDelay > (ackDeadline * 1000) / 2)
      log.warn(
        `${sink} may keep rows for ${formatDuration(maxDelay)} (\`maxDelay\`), more than half of the ack deadline of ` +
          `${ackDeadline} s that ${name} starts with: messages stay leased only by extensions, and are redelivered if ` +
          'one fails; give a shorter maxDelay',
        {stage: sink, maxDelayMs: maxDelay},
      )
}
