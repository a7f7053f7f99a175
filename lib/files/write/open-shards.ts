import type {StageInfo} from '../../core/index.ts'
import {formatDuration} from '../../util/index.ts'
import {GcsShards} from '../gcs/gcs-shards.ts'
import {DEFAULT_READ_POLICY, type RetryNote} from '../gcs/read-policy.ts'
import {LocalShards} from '../local/local-shards.ts'
import type {ShardStore} from '../system/shard-store.ts'
import type {FileWriteSettings} from './write-options.ts'

/** Milliseconds of retrying after which it is logged. */
const LOG_AFTER = 10_000

/** The store for the files of a sink. */
export function openShards(settings: FileWriteSettings, info: StageInfo): ShardStore {
  const {root, gcs, client, chunkSize, requestTimeout, retryFor} = settings
  if (!gcs) return new LocalShards(root)
  const {name, clock, logger, metrics} = info
  const onRetry = ({what, reason, waitMs, failingMs}: RetryNote) => {
    metrics.extra['retries']!++
    if (failingMs + waitMs < LOG_AFTER) return
    const [failing, wait] = [formatDuration(failingMs), formatDuration(waitMs)]
    logger.warn(`${name}: ${what} has made no progress for ${failing}, next try in ${wait}: ${reason}`, {stage: name})
  }
  const policy = {...DEFAULT_READ_POLICY, stallTimeout: requestTimeout, retryFor, clock, onRetry}
  return new GcsShards({client, policy, chunkSize, logger})
}
