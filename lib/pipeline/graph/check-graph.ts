import {assertSameTarget, ENDLESS, MESSAGES, type StageInfo, sideError, unreadTags} from '../../core/index.ts'
import {SluiceError} from '../../errors/index.ts'
import {checkUntouched} from './check-stage.ts'
import type {PipelineGraph, StepNode} from './graph.ts'
import {graphError} from './graph-error.ts'

/** Throws for a graph that must not run, before anything is read. */
export function checkGraph(graph: PipelineGraph, connected: ReadonlySet<StageInfo>, allowMixedTargets: boolean): void {
  const {name, nodes} = graph
  if (graph.ran) throw graphError(name, 'this pipeline has already run; build a new one for another run')
  if (nodes.length === 0) throw graphError(name, "it is empty; begin with p.apply('Read', source)")
  for (const node of nodes) {
    checkUntouched(name, node.info)
    checkRead(graph, node)
    checkRequired(graph, node)
    checkSides(node)
  }
  if (!allowMixedTargets) checkTargets(connected)
}

/** A source that nobody reads is a mistake: reading it would cost time and money for nothing. */
function checkRead({name, nodes}: PipelineGraph, node: StepNode): void {
  if (node.kind !== 'source' || consumers(nodes, node).length > 0) return
  throw graphError(
    name,
    `nothing reads '${node.name}'; apply a step to its collection, or discard() if reading is all you want`,
    node.name,
  )
}

function checkRequired({name, nodes}: PipelineGraph, node: StepNode): void {
  for (const tag of unreadTags(node.stage)) {
    if (consumers(nodes, node).includes(tag)) continue
    throw new SluiceError(
      'ERR_SLUICE_TAG',
      `pipeline '${name}': '${node.name}' sets elements aside on output '${tag}', and no step reads it; ` +
        `apply a sink to collection.tagged('${tag}'), or discard() if these may be lost`,
      {stage: node.name},
    )
  }
}

/** The outputs of a step that other steps read, undefined for the main one. */
function consumers(nodes: readonly StepNode[], node: StepNode): (string | undefined)[] {
  return nodes.flatMap(({inputs, sides}) =>
    [...inputs, ...sides.map(({origin}) => origin)].filter(input => input.node === node).map(({tag}) => tag),
  )
}

/** A view holds its elements until the end, so it takes no messages and no source without an end. */
function checkSides({name, sides}: StepNode): void {
  for (const {key, origin} of sides)
    for (const {info} of above(origin.node)) {
      const where = {stage: name, text: `${name}: side input '${key}'`}
      if (info.leased) throw sideError(where, MESSAGES)
      if (info.unbounded) throw sideError(where, ENDLESS)
    }
}

/** The step and everything upstream of it. */
function above(node: StepNode): Set<StepNode> {
  const found = new Set([node])
  // a Set is visited in order of insertion, additions during the walk included
  for (const {inputs} of found) for (const input of inputs) found.add(input.node)
  return found
}

function checkTargets(connected: ReadonlySet<StageInfo>): void {
  const found = []
  for (const stage of connected) {
    const target = stage.target?.()
    if (!target) continue
    if (stage.allowMixedTargets) return
    if (!target.explicit) found.push({stage, target})
  }
  assertSameTarget(found)
}
