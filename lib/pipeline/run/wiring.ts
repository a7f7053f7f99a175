import type {Readable, Writable} from 'node:stream'
import {downstreamOf, SideBuffer, type StageInfo, upstreamOf, waitsForItself} from '../../core/index.ts'
import {joinOf} from '../graph/check-stage.ts'
import type {Origin, StepNode} from '../graph/graph.ts'
import {Unread} from './unread.ts'

/** A stage that is not a step but belongs to one: the dead-letter sink of a sink, a branch of tee(). */
export interface InnerStage {
  readonly name: string
  readonly info: StageInfo
}

/**
 * Connects the steps as the graph says; returns what reads the main outputs that no step reads.
 *
 * @param sideBufferBytes memory of the buffer before a step that could wait for itself
 */
export function connectSteps(nodes: readonly StepNode[], sideBufferBytes: number): Map<StepNode, Unread> {
  const read = new Set<StepNode>()
  for (const node of nodes) {
    const {stage, info, inputs, sides} = node
    const join = joinOf(stage)
    for (const {view, origin} of sides) {
      if (origin.tag === undefined) read.add(origin.node)
      if (!view.begun) view.connect(streamOf(origin))
    }
    for (const [position, origin] of inputs.entries()) {
      if (origin.tag === undefined) read.add(origin.node)
      if (join) join.connect(streamOf(origin), position)
      // an output that the user claimed directly is a stream of its own, fed by its owner
      else if (info.kind !== 'source') {
        const buffer = needsBuffer(nodes, node) && new SideBuffer(info, info.sides!, sideBufferBytes)
        if (buffer) buffer.pipe(stage as Writable)
        streamOf(origin).pipe(buffer || (stage as Writable))
      }
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

/** Whether what a step waits for could wait for the step. */
function needsBuffer(nodes: readonly StepNode[], step: StepNode): boolean {
  if (step.sides.length === 0) return false
  return waitsForItself<StepNode>(step, {
    inputs: ({inputs}) => inputs.map(({node}) => node),
    sides: ({sides}) => sides.map(({origin}) => origin.node),
    takers: node => nodes.filter(({inputs}) => inputs.some(input => input.node === node)),
  })
}

function streamOf({node, tag}: Origin): Readable {
  if (tag === undefined) return node.stage as Readable
  return (node.stage as unknown as {tagged(tag: string): Readable}).tagged(tag)
}

/** The stages among `connected` that are not steps, each named after the step that it belongs to. */
export function innerStages(nodes: readonly StepNode[], connected: Iterable<StageInfo>): InnerStage[] {
  const steps = new Map(nodes.map(node => [node.info, node.name]))
  const names = new Set(steps.values())
  const inner: InnerStage[] = []
  for (const info of connected) {
    // the end of a side input is counted by the stages that look at it
    if (steps.has(info) || info.owner || info.sideOf) continue
    const step = stepOf(info, steps)
    const base = step ? `${step.name}/${info.name}` : info.name
    let name = base
    for (let n = 2; names.has(name); n++) name = `${base} ${n}`
    names.add(name)
    inner.push({name, info})
  }
  return inner
}

/** The step up- or downstream of a stage: flatten() of streams and side inputs bring their sources along. */
function stepOf(info: StageInfo, steps: ReadonlyMap<StageInfo, string>): StageInfo | undefined {
  const below = downstreamOf(info)
  for (const stage of [...upstreamOf(info), ...below]) if (steps.has(stage)) return stage
  for (const {sideOf} of below) for (const stage of sideOf ?? []) if (steps.has(stage)) return stage
  return undefined
}
