import type {BoundedWindow} from '../../core/index.ts'

/** What a trigger looks at besides elements. */
export interface TriggerTime {
  /** The watermark of the input, ms; infinite at the ends of time. */
  readonly watermark: number
  /** The clock of the stage, ms. */
  readonly now: number
}

/** What a trigger remembers of one window of one key: plain data, changed in place. */
export interface TriggerState {
  /** It fires no more. */
  finished?: boolean
  /** Elements since it fired. */
  count?: number
  /** When it fires by the clock, ms. */
  deadline?: number
  /** Those of the triggers that it is made of, in order. */
  children?: TriggerState[]
}

/** When a trigger may fire without another element. */
export interface NextTime {
  readonly watermark?: number
  readonly now?: number
}

/** The rules of one kind of trigger; what changes is in the state that it is given. */
export interface TriggerNode {
  fresh(): TriggerState
  onElement(state: TriggerState, window: BoundedWindow, time: TriggerTime): void
  /** The state of a window that several have become; at least one state. */
  merged(states: readonly TriggerState[], into: BoundedWindow, time: TriggerTime): TriggerState
  shouldFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean
  /** Called only when {@link shouldFire}: begins anew or finishes. */
  onFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): void
  /** Another trigger has emitted the pane that it was counting towards. What has finished stays finished. */
  clear(state: TriggerState): void
  next(state: TriggerState, window: BoundedWindow, time: TriggerTime): NextTime
}

/** Whether every further element of the window is late. */
export function endReached(window: BoundedWindow, time: TriggerTime): boolean {
  return time.watermark > window.maxTimestamp
}

/** Turns a state into another one, in place. */
export function become(state: TriggerState, other: TriggerState): void {
  for (const key of Object.keys(state) as (keyof TriggerState)[]) delete state[key]
  Object.assign(state, other)
}

/** The earlier of both, by watermark and by clock. */
export function earliest(a: NextTime, b: NextTime): NextTime {
  const [watermark, now] = [least(a.watermark, b.watermark), least(a.now, b.now)]
  return {...(watermark !== undefined && {watermark}), ...(now !== undefined && {now})}
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}
