import type {Readable} from 'node:stream'
import type {StageInfo} from '../stage/info/stage-info.ts'
import {fedBy} from '../stage/links/links.ts'

/** The dependencies between the nodes of a graph. */
interface Dependencies<N> {
  /** The nodes that feed a node. */
  inputs(node: N): Iterable<N>
  /** The nodes that its side inputs are made of. */
  sides(node: N): Iterable<N>
  /** The nodes that take its elements, except side inputs and buffers, which always do. */
  takers(node: N): Iterable<N>
}

/**
 * Whether a node that waits for its side inputs could wait for itself. They are complete only when everything upstream of them has
 * ended; that happens only while everything downstream of it accepts elements; and this node may be part of that.
 */
export function waitsForItself<N>(node: N, {inputs, sides, takers}: Dependencies<N>): boolean {
  const ending = new Set(sides(node))
  const taking = new Set<N>()
  for (let known = -1; known < ending.size + taking.size; ) {
    known = ending.size + taking.size
    // a Set is visited in order of insertion, additions during the walk included
    for (const n of ending) {
      for (const above of inputs(n)) ending.add(above)
      for (const above of sides(n)) ending.add(above)
      for (const below of takers(n)) taking.add(below)
    }
    for (const n of taking) {
      for (const above of sides(n)) ending.add(above)
      for (const below of takers(n)) taking.add(below)
    }
  }
  return taking.has(node)
}

/** {@link waitsForItself} for connected stages, and foreign streams that feed several of them. */
export function stageWaitsForItself(stage: StageInfo): boolean {
  return waitsForItself<StageInfo | Readable>(stage, {
    inputs: node => (isStage(node) ? [...node.upstream, ...node.foreignSources] : []),
    sides: node => (isStage(node) ? (node.sides?.ends ?? []) : []),
    takers: node => [...(isStage(node) ? node.downstream : fedBy(node))].filter(({buffers}) => !buffers),
  })
}

function isStage(node: StageInfo | Readable): node is StageInfo {
  return 'foreignSources' in node
}
