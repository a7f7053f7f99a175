import type {Readable, Writable} from 'node:stream'

/** The side inputs of a stage as the graph sees them. */
export interface SideEnds<Stage> {
  /** The stages in which they end. */
  readonly ends: readonly Stage[]
  /** Whether all views are there. */
  readonly ready: boolean
}

/** What a stage is connected with. Written by links.ts only. */
export class StageLinks<Stage> {
  /** Stages that feed this one, also through one foreign stream. */
  readonly upstream = new Set<Stage>()
  /** Stages that this one feeds, in order of connection, also through one foreign stream. */
  readonly downstream = new Set<Stage>()
  /** Foreign streams that this stage is piped into now. */
  readonly foreign = new Set<Writable>()
  /** Foreign streams that were piped into this stage and are open. */
  readonly foreignSources = new Set<Readable>()
  /** The stage that a tagged output belongs to. */
  readonly owner: Stage | undefined
  /** The stages that look at the side input that ends in this one: not downstream of its elements, but they wait for it. */
  readonly viewers: Set<Stage> | undefined
  /** The side inputs of a DoFn that has some. */
  readonly sides: SideEnds<Stage> | undefined

  constructor(owner: Stage | undefined, endsSideInput: boolean) {
    this.owner = owner
    this.viewers = endsSideInput ? new Set() : undefined
    this.sides = undefined
  }
}
