import type {StageInfo} from '../../core/index.ts'

/** Elements that were handed to a stage and that it is not through with. */
export function waitingFor(info: StageInfo): number {
  let handed = 0
  // what a foreign stream between makes of them is unknown
  for (const up of info.upstream) {
    if (up.foreign.size > 0) return info.unfinished?.() ?? 0
    handed += up.buffers ? up.metrics.in : up.metrics.out
  }
  return Math.max(0, handed - info.metrics.in) + (info.unfinished?.() ?? 0)
}
