import type {BoundedWindow} from '../../core/index.ts'
import {endReached, type NextTime, type TriggerNode, type TriggerState, type TriggerTime} from './trigger-node.ts'

/** A trigger that remembers nothing and never finishes. */
abstract class Stateless implements TriggerNode {
  fresh(): TriggerState {
    return {}
  }
  onElement(): void {}
  merged(): TriggerState {
    return {}
  }
  abstract shouldFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean
  onFire(): void {}
  clear(): void {}
  next(_state: TriggerState, _window: BoundedWindow, _time: TriggerTime): NextTime {
    return {}
  }
}

export class AlwaysNode extends Stateless {
  override shouldFire(): boolean {
    return true
  }
}

export class NeverNode extends Stateless {
  override shouldFire(): boolean {
    return false
  }
}

/** Whenever it is asked, from the end of the window on: the on-time pane, then one for each late element. */
export class DefaultNode extends Stateless {
  override shouldFire(_state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean {
    return endReached(window, time)
  }
  override next(_state: TriggerState, window: BoundedWindow, time: TriggerTime): NextTime {
    return endReached(window, time) ? {} : {watermark: window.end}
  }
}

export class AfterCountNode implements TriggerNode {
  readonly #count: number
  constructor(count: number) {
    this.#count = count
  }
  fresh(): TriggerState {
    return {count: 0}
  }
  onElement(state: TriggerState): void {
    state.count!++
  }
  merged(states: readonly TriggerState[]): TriggerState {
    if (states.some(state => state.finished)) return {count: 0, finished: true}
    return {count: states.reduce((sum, {count}) => sum + count!, 0)}
  }
  shouldFire(state: TriggerState): boolean {
    return !state.finished && state.count! >= this.#count
  }
  onFire(state: TriggerState): void {
    state.count = 0
    state.finished = true
  }
  clear(state: TriggerState): void {
    state.count = 0
  }
  next(): NextTime {
    return {}
  }
}

/** Once, at a time by the clock that the first element of the pane decides. */
export class ProcessingTimeNode implements TriggerNode {
  readonly #deadline: (now: number) => number
  /** `deadline` is when to fire, if the first element has come now. */
  constructor(deadline: (now: number) => number) {
    this.#deadline = deadline
  }
  fresh(): TriggerState {
    return {}
  }
  onElement(state: TriggerState, _window: BoundedWindow, {now}: TriggerTime): void {
    state.deadline ??= this.#deadline(now)
  }
  merged(states: readonly TriggerState[]): TriggerState {
    if (states.some(state => state.finished)) return {finished: true}
    const deadline = Math.min(...states.map(state => state.deadline ?? Number.POSITIVE_INFINITY))
    return Number.isFinite(deadline) ? {deadline} : {}
  }
  shouldFire({finished, deadline}: TriggerState, _window: BoundedWindow, {now}: TriggerTime): boolean {
    return !finished && deadline !== undefined && now >= deadline
  }
  onFire(state: TriggerState): void {
    delete state.deadline
    state.finished = true
  }
  clear(state: TriggerState): void {
    delete state.deadline
  }
  next({finished, deadline}: TriggerState, _window: BoundedWindow, time: TriggerTime): NextTime {
    // once it has come, another trigger is being waited for
    return finished || deadline === undefined || deadline <= time.now ? {} : {now: deadline}
  }
}
