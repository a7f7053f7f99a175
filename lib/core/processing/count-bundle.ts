import {channels} from '../stage/channels.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'

/** Counts one processed bundle and publishes it for monitors; outputs are counted when they are pushed. */
export function countBundle(info: StageInfo, taken: number, given: number): void {
  const {metrics} = info
  metrics.in += taken
  metrics.bundles++
  if (channels.bundle.hasSubscribers)
    channels.bundle.publish({stage: info.name, kind: info.kind, in: taken, out: given, metrics})
}
