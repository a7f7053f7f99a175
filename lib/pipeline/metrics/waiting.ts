import type {StageInfo} from '../../core/index.ts'

/** Elements that were handed to a stage and that it has not finished. */
export function waitingFor(info: StageInfo): number {
  let handed = 0
  // a foreign stream in between may do anything with them
  for (const up of info.upstream) {
    if (up.foreign.size > 0) return info.unfinished?.() ?? 0
    handed += up.buffers ? up.metrics.in : up.metrics.out
  }
  return Math.max(0, handed - info.metrics.in) + (info.unfinished?.() ?? 0)
}
