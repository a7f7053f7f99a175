import {downstreamOf, type StageInfo} from '../../core/index.ts'
import {formatDuration} from '../../util/index.ts'

/** Warns, once at the start, of what makes a job of messages fragile: poison messages, and sinks that wait too long. */
export function warnAtStart(info: StageInfo, ackDeadline: number): void {
  const {name, log} = info
  const below = [...downstreamOf(info)]
  const failing = below.filter(({kind, onError}) => kind === 'dofn' && onError === 'fail').map(stage => stage.name)
  if (failing.length > 0)
    log.warn(
      `${name} never ends, and ${failing.join(', ')} ${failing.length === 1 ? 'fails' : 'fail'} the run with the first ` +
        'message that cannot be processed, which will be delivered again and fail the next run too; give ' +
        "onError: deadLetter('tag') to set such messages aside, or onError: 'nack' to leave them to the subscription's policy",
      {stage: name, failing},
    )
  for (const {name: sink, maxDelay} of below)
    if (maxDelay !== undefined && maxDelay > (ackDeadline * 1000) / 2)
      log.warn(
        `${sink} may keep rows for ${formatDuration(maxDelay)} (\`maxDelay\`), more than half of the ack deadline of ` +
          `${ackDeadline} s that ${name} begins with: messages are kept by extending their leases, and come again when ` +
          'that fails; give a shorter maxDelay',
        {stage: sink, maxDelayMs: maxDelay},
      )
}
