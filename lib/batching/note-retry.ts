import type {StageInfo} from '../core/index.ts'
import {messageOf} from '../errors/index.ts'
import {formatDuration} from '../util/index.ts'
import type {RetryNote} from './batch-writer.ts'

/** Retries are logged from this time after the first failure on, ms. */
const QUIET_RETRIES = 10_000

/** Counts a retry, and logs it when it takes 10 s or more. */
export function noteRetry(info: StageInfo, target: string, {error, rows, elapsed, delay}: RetryNote): void {
  const {name, metrics, log} = info
  metrics.extra['retries']!++
  if (elapsed + delay < QUIET_RETRIES) return
  const what = rows > 0 ? `${rows} rows` : 'a request'
  log.warn(
    `${name}: ${target} has not taken ${what} for ${formatDuration(elapsed)} (${messageOf(error)}); ` +
      `trying again in ${formatDuration(delay)}`,
    {stage: name, rows, elapsedMs: elapsed, delayMs: delay},
  )
}
