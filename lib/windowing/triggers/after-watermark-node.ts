import type {BoundedWindow} from '../../core/index.ts'
import {
  become,
  earliest,
  endReached,
  type NextTime,
  type TriggerNode,
  type TriggerState,
  type TriggerTime,
} from './trigger-node.ts'

/**
 * Early firings until the watermark has passed the end of the window, one firing then, and late ones after that. Its children are
 * the states of both; `count` is 1 once the on-time firing is over.
 */
export class AfterWatermarkNode implements TriggerNode {
  readonly #early: TriggerNode
  readonly #late: TriggerNode | undefined

  /** `early` and `late` never finish: they are repeated. */
  constructor(early: TriggerNode, late: TriggerNode | undefined) {
    this.#early = early
    this.#late = late
  }

  fresh(): TriggerState {
    return {count: 0, children: [this.#early.fresh(), this.#late?.fresh() ?? {}]}
  }

  onElement(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    const [early, late] = state.children as [TriggerState, TriggerState]
    // late elements count towards early firings as well: merging may open the window again
    this.#early.onElement(early, window, time)
    if (state.count) this.#late?.onElement(late, window, time)
  }

  merged(states: readonly TriggerState[], into: BoundedWindow, time: TriggerTime): TriggerState {
    const early = this.#early.merged(child(states, 0), into, time)
    // if one of them is still open, so is the result: its elements have not been emitted on time
    const over = states.every(state => state.count) && endReached(into, time)
    if (!over) return {count: 0, children: [early, this.#late?.fresh() ?? {}]}
    const late = this.#late?.merged(child(states, 1), into, time) ?? {}
    return {count: 1, children: [early, late], ...(!this.#late && {finished: true})}
  }

  shouldFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean {
    const [early, late] = state.children as [TriggerState, TriggerState]
    if (!state.count) return endReached(window, time) || this.#early.shouldFire(early, window, time)
    return this.#late?.shouldFire(late, window, time) ?? false
  }

  onFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    const [early, late] = state.children as [TriggerState, TriggerState]
    if (state.count) {
      this.#late?.onFire(late, window, time)
      this.#early.clear(early)
    } else if (endReached(window, time)) {
      state.count = 1
      become(early, this.#early.fresh())
      if (!this.#late) state.finished = true
    } else this.#early.onFire(early, window, time)
  }

  clear(state: TriggerState): void {
    const [early, late] = state.children as [TriggerState, TriggerState]
    this.#early.clear(early)
    this.#late?.clear(late)
  }

  next(state: TriggerState, window: BoundedWindow, time: TriggerTime): NextTime {
    const [early, late] = state.children as [TriggerState, TriggerState]
    if (state.count) return this.#late?.next(late, window, time) ?? {}
    return earliest({watermark: window.end}, this.#early.next(early, window, time))
  }
}

function child(states: readonly TriggerState[], i: number): TriggerState[] {
  return states.map(state => state.children![i]!)
}
