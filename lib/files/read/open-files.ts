import type {StageInfo} from '../../core/index.ts'
import {formatDuration} from '../../util/index.ts'
import type {RetryNote} from '../gcs/read-policy.ts'
import {Files} from '../match/files.ts'
import type {FileReadSettings} from './read-options.ts'

/** Retrying for so long is worth a line in the log. */
const LOG_AFTER = 10_000

/** What a stage that reads files counts besides what every stage counts. */
export function countFiles(info: StageInfo): void {
  Object.assign(info.metrics.extra, {files: 0, bytes: 0, retries: 0})
}

/** The file systems of a stage; what they try again is counted, and logged when it takes long. */
export function openFiles({client, stallTimeout, retryFor}: FileReadSettings, info: StageInfo): Files {
  const onRetry = ({what, reason, waitMs, failingMs}: RetryNote) => {
    const {name, log, metrics} = info
    metrics.extra['retries']!++
    if (failingMs + waitMs < LOG_AFTER) return
    log.warn(
      `${name}: ${what} has given nothing for ${formatDuration(failingMs)}, next try in ${formatDuration(waitMs)}: ${reason}`,
      {stage: name},
    )
  }
  return new Files({client, policy: {stallTimeout, retryFor, clock: info.clock, onRetry}})
}
