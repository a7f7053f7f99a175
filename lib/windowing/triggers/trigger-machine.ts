import type {BoundedWindow} from '../../core/index.ts'
import {AfterWatermarkNode} from './after-watermark-node.ts'
import {AfterAllNode, AfterAnyNode, AfterEachNode, OrFinallyNode, RepeatedlyNode} from './composite-nodes.ts'
import {AfterCountNode, AlwaysNode, DefaultNode, NeverNode, ProcessingTimeNode} from './leaf-nodes.ts'
import type {AfterProcessingTime, Trigger} from './trigger.ts'
import type {NextTime, TriggerNode, TriggerState, TriggerTime} from './trigger-node.ts'

/**
 * Decides by Beam's rules when the cell of a key and window fires. It is stateless: the state of each cell is plain data, which it
 * changes in place.
 *
 * Call `onElement` for each element. After that, and at any time that `next` names, ask `shouldFire`; if it is true, emit the pane and
 * call `onFire`.
 */
export class TriggerMachine {
  readonly #root: TriggerNode

  constructor(trigger: Trigger) {
    this.#root = nodeOf(trigger)
  }

  fresh(): TriggerState {
    return this.#root.fresh()
  }

  onElement(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    this.#root.onElement(state, window, time)
  }

  /** The state of a window that these have become. */
  onMerge(states: readonly TriggerState[], into: BoundedWindow, time: TriggerTime): TriggerState {
    return states.length === 0 ? this.fresh() : this.#root.merged(states, into, time)
  }

  shouldFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean {
    return this.#root.shouldFire(state, window, time)
  }

  /** The pane has been emitted: the trigger begins anew, or is finished. */
  onFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    this.#root.onFire(state, window, time)
  }

  /** True when it never fires again: then the state is a tombstone, and elements for its cell are dropped. */
  isFinished(state: TriggerState): boolean {
    return state.finished === true
  }

  /** When {@link shouldFire} may turn true without another element; empty: never. */
  next(state: TriggerState, window: BoundedWindow, time: TriggerTime): NextTime {
    return this.#root.next(state, window, time)
  }
}

function nodeOf(trigger: Trigger): TriggerNode {
  switch (trigger.kind) {
    case 'default':
      return new DefaultNode()
    case 'always':
      return new AlwaysNode()
    case 'never':
      return new NeverNode()
    case 'after-count':
      return new AfterCountNode(trigger.count)
    case 'after-processing-time':
      return new ProcessingTimeNode(now => deadline(trigger, now))
    case 'after-synchronized-processing-time':
      // the panes of one firing upstream arrive within a millisecond
      return new ProcessingTimeNode(now => now + 1)
    case 'after-watermark': {
      const {early, late} = trigger
      const repeated = (child: Trigger) => new RepeatedlyNode(nodeOf(child))
      return new AfterWatermarkNode(early ? repeated(early) : new NeverNode(), late && repeated(late))
    }
    case 'repeatedly':
      return new RepeatedlyNode(nodeOf(trigger.trigger))
    case 'or-finally':
      return new OrFinallyNode(nodeOf(trigger.trigger), nodeOf(trigger.until))
    case 'after-any':
      return new AfterAnyNode(trigger.triggers.map(nodeOf))
    case 'after-all':
      return new AfterAllNode(trigger.triggers.map(nodeOf))
    case 'after-each':
      return new AfterEachNode(trigger.triggers.map(nodeOf))
  }
}

function deadline({delay, alignTo}: AfterProcessingTime, now: number): number {
  const at = now + delay
  return alignTo === undefined ? at : Math.ceil(at / alignTo) * alignTo
}
