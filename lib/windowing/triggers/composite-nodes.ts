import type {BoundedWindow} from '../../core/index.ts'
import {become, earliest, type NextTime, type TriggerNode, type TriggerState, type TriggerTime} from './trigger-node.ts'

/** A trigger made of others, whose states are the children of its own. */
abstract class Composite implements TriggerNode {
  protected readonly nodes: readonly TriggerNode[]

  constructor(nodes: readonly TriggerNode[]) {
    this.nodes = nodes
  }

  fresh(): TriggerState {
    return {children: this.nodes.map(node => node.fresh())}
  }

  onElement(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    for (const [i, node] of this.nodes.entries()) node.onElement(state.children![i]!, window, time)
  }

  merged(states: readonly TriggerState[], into: BoundedWindow, time: TriggerTime): TriggerState {
    const state: TriggerState = {children: this.nodes.map((node, i) => node.merged(childrenAt(states, i), into, time))}
    this.update(state)
    return state
  }

  abstract shouldFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean
  abstract onFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): void

  clear(state: TriggerState): void {
    for (const [i, node] of this.nodes.entries()) node.clear(state.children![i]!)
  }

  next(state: TriggerState, window: BoundedWindow, time: TriggerTime): NextTime {
    if (state.finished) return {}
    return this.nodes.reduce<NextTime>((next, node, i) => {
      const child = state.children![i]!
      return child.finished ? next : earliest(next, node.next(child, window, time))
    }, {})
  }

  /** Whether it is finished, given its children. */
  protected abstract finishes(children: readonly TriggerState[]): boolean

  protected update(state: TriggerState): void {
    if (this.finishes(state.children!)) state.finished = true
  }

  /** Whether child `i` wants to fire. */
  protected wants(i: number, state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean {
    const child = state.children![i]!
    return !child.finished && this.nodes[i]!.shouldFire(child, window, time)
  }

  /** Fires child `i` if it wants to; else clears it, since what it has gathered has been emitted. */
  protected fireOrClear(i: number, state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    const child = state.children![i]!
    if (this.wants(i, state, window, time)) this.nodes[i]!.onFire(child, window, time)
    else this.nodes[i]!.clear(child)
  }
}

/** Begins again whenever its child has finished. */
export class RepeatedlyNode extends Composite {
  constructor(node: TriggerNode) {
    super([node])
  }
  override shouldFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean {
    return this.wants(0, state, window, time)
  }
  override onFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    this.nodes[0]!.onFire(state.children![0]!, window, time)
    this.update(state)
  }
  protected override finishes(): boolean {
    return false
  }
  protected override update({children}: TriggerState): void {
    if (children![0]!.finished) become(children![0]!, this.nodes[0]!.fresh())
  }
}

/** As soon as one of them wants to. */
export class AfterAnyNode extends Composite {
  override shouldFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean {
    return !state.finished && this.nodes.some((_, i) => this.wants(i, state, window, time))
  }
  override onFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    for (const i of this.nodes.keys()) this.fireOrClear(i, state, window, time)
    this.update(state)
  }
  protected override finishes(children: readonly TriggerState[]): boolean {
    return children.some(child => child.finished)
  }
}

/** When all of them that have not finished want to. */
export class AfterAllNode extends Composite {
  override onElement(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    for (const [i, node] of this.nodes.entries()) {
      const child = state.children![i]!
      if (!child.finished) node.onElement(child, window, time)
    }
  }
  override shouldFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean {
    if (state.finished) return false
    return this.nodes.every((_, i) => state.children![i]!.finished || this.wants(i, state, window, time))
  }
  override onFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    for (const [i, node] of this.nodes.entries()) {
      const child = state.children![i]!
      if (!child.finished) node.onFire(child, window, time)
    }
    this.update(state)
  }
  protected override finishes(children: readonly TriggerState[]): boolean {
    return children.every(child => child.finished)
  }
}

/** One after the other. All see every element: merging may revive one that had finished. */
export class AfterEachNode extends Composite {
  override merged(states: readonly TriggerState[], into: BoundedWindow, time: TriggerTime): TriggerState {
    let before = true
    const children = this.nodes.map((node, i) => {
      const child = before ? node.merged(childrenAt(states, i), into, time) : node.fresh()
      before &&= child.finished === true
      return child
    })
    return {children, ...(before && {finished: true})}
  }
  override shouldFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean {
    const i = this.#current(state)
    return i >= 0 && this.wants(i, state, window, time)
  }
  override onFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    const current = this.#current(state)
    this.nodes[current]!.onFire(state.children![current]!, window, time)
    // the others begin with the next pane
    for (const [i, node] of this.nodes.entries()) if (i !== current) node.clear(state.children![i]!)
    this.update(state)
  }
  override next(state: TriggerState, window: BoundedWindow, time: TriggerTime): NextTime {
    const i = this.#current(state)
    return i < 0 ? {} : this.nodes[i]!.next(state.children![i]!, window, time)
  }
  #current({children}: TriggerState): number {
    return children!.findIndex(child => !child.finished)
  }
  protected override finishes(children: readonly TriggerState[]): boolean {
    return children.every(child => child.finished)
  }
}

/** The first of two, until the second fires. */
export class OrFinallyNode extends Composite {
  constructor(node: TriggerNode, until: TriggerNode) {
    super([node, until])
  }
  override shouldFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): boolean {
    return !state.finished && (this.wants(0, state, window, time) || this.wants(1, state, window, time))
  }
  override onFire(state: TriggerState, window: BoundedWindow, time: TriggerTime): void {
    const [node, until] = this.nodes as [TriggerNode, TriggerNode]
    const [child, end] = state.children as [TriggerState, TriggerState]
    // `until` keeps what it has gathered: it counts across panes
    if (!this.wants(1, state, window, time)) node.onFire(child, window, time)
    else {
      until.onFire(end, window, time)
      node.clear(child)
    }
    this.update(state)
  }
  override clear(state: TriggerState): void {
    this.nodes[0]!.clear(state.children![0]!)
    this.nodes[1]!.clear(state.children![1]!)
  }
  protected override finishes(children: readonly TriggerState[]): boolean {
    return children.some(child => child.finished)
  }
}

function childrenAt(states: readonly TriggerState[], i: number): TriggerState[] {
  return states.map(state => state.children![i]!)
}
