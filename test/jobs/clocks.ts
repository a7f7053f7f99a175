import type {StageInfo} from 'sluice'
import {useClock} from '../../lib/core/index.ts'
import {ManualClock} from '../batching/manual-clock.ts'

/** A clock over whose pauses before retries time leaps; delays of batches, deadlines and stall time-outs stay. */
export function leapingClock(): ManualClock {
  const clock = new ManualClock()
  clock.skip = ms => ms > 1000 && ms !== 10_000 && ms !== 30_000
  return clock
}

/** Gives each of these stages the clock. */
export function setClock(clock: ManualClock, ...stages: object[]): void {
  for (const stage of stages as {info: StageInfo}[]) useClock(stage.info, clock)
}
