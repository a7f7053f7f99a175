import type {StageInfo} from '../../core/index.ts'
import {formatDuration} from '../../util/index.ts'
import type {RetryNote} from '../gcs/read-policy.ts'
import {Files} from '../match/files.ts'
import type {FileReadSettings} from './read-options.ts'

/** Milliseconds of retrying after which it is logged. */
const LOG_AFTER = 10_000

/** The counters of a stage that reads files, besides those of every stage. */
export function countFiles(info: StageInfo): void {
  Object.assign(info.metrics.extra, {files: 0, bytes: 0, retries: 0})
}

/** The file systems of a stage; their retries are counted, and logged if they take long. */
export function openFiles({client, stallTimeout, retryFor}: FileReadSettings, info: StageInfo): Files {
  const onRetry = ({what, reason, waitMs, failingMs}: RetryNote) => {
    const {name, log, metrics} = info
    metrics.extra['retries']!++
    if (failingMs + waitMs < LOG_AFTER) return
    log.warn(
      `${name}: ${what} has delivered nothing for ${formatDuration(failingMs)}, next try in ${formatDuration(waitMs)}: ${reason}`,
      {stage: name},
    )
  }
  return new Files({client, policy: {stallTimeout, retryFor, clock: info.clock, onRetry}})
}
