import type {Readable, Writable} from 'node:stream'
import {downstreamOf, type StageInfo, upstreamOf} from '../core/index.ts'
import {joinOf} from './check-stage.ts'
import type {Origin, StepNode} from './graph.ts'
import {Unread} from './unread.ts'

/** A stage that is no step but hangs on one: the dead-letter sink of a sink, a branch of tee(). */
export interface InnerStage {
  readonly name: string
  readonly info: StageInfo
}

/** Connects the steps as the graph says; returns what reads the main outputs that no step reads. */
export function connectSteps(nodes: readonly StepNode[]): Map<StepNode, Unread> {
  const read = new Set<StepNode>()
  for (const {stage, info, inputs} of nodes) {
    const join = joinOf(stage)
    for (const [position, origin] of inputs.entries()) {
      if (origin.tag === undefined) read.add(origin.node)
      if (join) join.connect(streamOf(origin), position)
      // an output that the user took by hand is its own stream, fed by its owner
      else if (info.kind !== 'source') streamOf(origin).pipe(stage as Writable)
    }
  }
  const unread = new Map<StepNode, Unread>()
  for (const node of nodes) {
    if (node.info.kind === 'sink' || read.has(node)) continue
    const rest = new Unread(node.name)
    ;(node.stage as Readable).pipe(rest)
    unread.set(node, rest)
  }
  return unread
}

function streamOf({node, tag}: Origin): Readable {
  if (tag === undefined) return node.stage as Readable
  return (node.stage as unknown as {tagged(tag: string): Readable}).tagged(tag)
}

/** The stages among `connected` that are no steps, each named after the step that it belongs to. */
export function innerStages(nodes: readonly StepNode[], connected: Iterable<StageInfo>): InnerStage[] {
  const steps = new Map(nodes.map(node => [node.info, node.name]))
  const names = new Set(steps.values())
  const inner: InnerStage[] = []
  for (const info of connected) {
    if (steps.has(info) || info.owner) continue
    // below a step, or above one: flatten() of streams brings its sources along
    const step = [...upstreamOf(info), ...downstreamOf(info)].find(stage => steps.has(stage))
    const base = step ? `${step.name}/${info.name}` : info.name
    let name = base
    for (let n = 2; names.has(name); n++) name = `${base} ${n}`
    names.add(name)
    inner.push({name, info})
  }
  return inner
}
