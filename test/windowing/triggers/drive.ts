import {type BoundedWindow, boundedWindow} from '../../../lib/core/index.ts'
import {type Trigger, TriggerMachine, type TriggerState} from '../../../lib/windowing/index.ts'

/** The window of most tests. */
export const WINDOW = boundedWindow(0, 10)

/** What happens: an element comes, the watermark moves, the clock moves. */
export type Step = 'element' | {readonly watermark: number} | {readonly now: number}

/** One cell, as a grouping drives it: it fires what has come since the last firing. */
export class Cell {
  readonly machine: TriggerMachine
  state: TriggerState
  window: BoundedWindow
  time: {watermark: number; now: number} = {watermark: Number.NEGATIVE_INFINITY, now: 1000}
  /** Elements since the last firing. */
  pending = 0
  /** Elements that came when the trigger was finished. */
  dropped = 0
  /** Elements in each firing. */
  readonly fired: number[] = []

  constructor(trigger: Trigger, window = WINDOW) {
    this.machine = new TriggerMachine(trigger)
    this.state = this.machine.fresh()
    this.window = window
  }

  get finished(): boolean {
    return this.machine.isFinished(this.state)
  }

  get next(): {watermark?: number; now?: number} {
    return this.machine.next(this.state, this.window, this.time)
  }

  step(step: Step): void {
    if (step !== 'element') Object.assign(this.time, step)
    else if (this.finished) this.dropped++
    else {
      this.machine.onElement(this.state, this.window, this.time)
      this.pending++
    }
    this.fire()
  }

  fire(): void {
    const {machine, state, window, time} = this
    if (this.finished || !machine.shouldFire(state, window, time)) return
    this.fired.push(this.pending)
    this.pending = 0
    machine.onFire(state, window, time)
  }

  /** Becomes one with another cell. */
  merge(other: Cell, window: BoundedWindow): void {
    this.state = this.machine.onMerge([this.state, other.state], window, this.time)
    this.window = window
    this.pending += other.pending
    this.fire()
  }
}

/** How many elements each firing has had. */
export function fired(trigger: Trigger, ...steps: Step[]): number[] {
  return drive(trigger, ...steps).fired
}

export function drive(trigger: Trigger, ...steps: Step[]): Cell {
  const cell = new Cell(trigger)
  for (const step of steps) cell.step(step)
  return cell
}
