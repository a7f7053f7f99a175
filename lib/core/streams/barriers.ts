import type {StageInfo} from '../stage/info/stage-info.ts'

const listeners = new WeakMap<StageInfo, Set<(barrier: number) => void>>()

/**
 * Calls back whenever a barrier arrives at a stage or sink, which has then accepted everything before it. At a step with state it
 * arrives once the calls in flight have finished.
 *
 * @returns a function that removes the listener
 */
export function onBarrier(stage: StageInfo, heard: (barrier: number) => void): () => void {
  const all = listeners.get(stage) ?? new Set()
  listeners.set(stage, all.add(heard))
  return () => void all.delete(heard)
}

/** Reports that a barrier has arrived at the stage. */
export function barrierArrived(stage: StageInfo, barrier: number): void {
  for (const heard of listeners.get(stage) ?? []) heard(barrier)
}
