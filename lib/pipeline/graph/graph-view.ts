import {printableLine} from '../../util/index.ts'
import type {Origin, PipelineGraph} from './graph.ts'

/** A graph as plain data. */
export interface GraphView {
  name: string
  /** In the order of `apply`; `type` is the class of the stage. */
  steps: {name: string; kind: 'source' | 'dofn' | 'sink'; type: string}[]
  /** `tag` names a tagged output, without it the main output flows; `side` names the side input that is made of it. */
  edges: {from: string; to: string; tag?: string; side?: string}[]
}

/** The graph's steps and edges as data that JSON can carry. */
export function viewOf({name, nodes}: PipelineGraph): GraphView {
  return {
    name,
    steps: nodes.map(({name, kind, stage}) => ({name, kind, type: stage.constructor.name})),
    edges: nodes.flatMap(({name, inputs, sides}) => [
      ...inputs.map(origin => edgeOf(origin, name)),
      ...sides.map(({key, origin}) => ({...edgeOf(origin, name), side: key})),
    ]),
  }
}

function edgeOf({node, tag}: Origin, to: string): GraphView['edges'][number] {
  return {from: node.name, to, ...(tag !== undefined && {tag})}
}

/** What is written on an edge, if anything. */
function labelOf({tag, side}: GraphView['edges'][number]): string | undefined {
  if (side === undefined) return tag
  return tag === undefined ? `side ${side}` : `${tag}, side ${side}`
}

const SHAPES = {source: ['([', '])'], dofn: ['[', ']'], sink: ['[(', ')]']} as const

/** The graph as a Mermaid flowchart, from left to right. */
export function mermaidOf({steps, edges}: GraphView): string {
  const ids = new Map(steps.map((step, i) => [step.name, `s${i}`]))
  const lines = ['flowchart LR']
  for (const {name, kind} of steps)
    lines.push(`  ${ids.get(name)}${SHAPES[kind][0]}"${quoted(name)}"${SHAPES[kind][1]}`)
  for (const edge of edges) {
    const label = labelOf(edge)
    const arrow = edge.side === undefined ? '-->' : '-.->'
    lines.push(
      `  ${ids.get(edge.from)} ${arrow}${label === undefined ? '' : `|"${quoted(label)}"|`} ${ids.get(edge.to)}`,
    )
  }
  return `${lines.join('\n')}\n`
}

/** Inside quotes Mermaid reads entities, and `#` begins one. */
function quoted(text: string): string {
  return text.replace(/[#"<>&`\0-\x1f\x7f-\x9f]/g, char => `#${char.charCodeAt(0)};`)
}

/** The graph in Graphviz' language, from left to right. */
export function dotOf({name, steps, edges}: GraphView): string {
  const ids = new Map(steps.map((step, i) => [step.name, `s${i}`]))
  const shapes = {source: 'cds', dofn: 'box', sink: 'cylinder'}
  const lines = [`digraph ${dotString(name)} {`, '  rankdir=LR']
  for (const {name, kind} of steps) lines.push(`  ${ids.get(name)} [label=${dotString(name)} shape=${shapes[kind]}]`)
  for (const edge of edges) {
    const label = labelOf(edge)
    const style = edge.side === undefined ? '' : ' style=dashed'
    const marks = label === undefined ? '' : ` [label=${dotString(label)}${style}]`
    lines.push(`  ${ids.get(edge.from)} -> ${ids.get(edge.to)}${marks}`)
  }
  return `${lines.join('\n')}\n}\n`
}

function dotString(text: string): string {
  return `"${printableLine(text.replace(/\r?\n|\r/g, ' ')).replace(/["\\]/g, '\\$&')}"`
}

/** The graph as plain text: a line a step, and one for each step that reads it. */
export function textOf({name, steps, edges}: GraphView): string {
  const lines = [name]
  for (const step of steps) {
    lines.push(`  ${step.name} (${step.kind} ${step.type})`)
    for (const edge of edges) {
      const label = labelOf(edge)
      if (edge.from === step.name) lines.push(`    -> ${edge.to}${label === undefined ? '' : ` [${label}]`}`)
    }
  }
  return `${lines.map(printableLine).join('\n')}\n`
}
