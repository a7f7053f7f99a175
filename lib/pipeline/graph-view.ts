import type {PipelineGraph} from './graph.ts'

/** A graph as plain data. */
export interface GraphView {
  name: string
  /** In the order of `apply`; `type` is the class of the stage. */
  steps: {name: string; kind: 'source' | 'dofn' | 'sink'; type: string}[]
  /** `tag` names a tagged output; without it the main output flows. */
  edges: {from: string; to: string; tag?: string}[]
}

/** The graph's steps and edges as data that JSON can carry. */
export function viewOf({name, nodes}: PipelineGraph): GraphView {
  return {
    name,
    steps: nodes.map(({name, kind, stage}) => ({name, kind, type: stage.constructor.name})),
    edges: nodes.flatMap(({name, inputs}) =>
      inputs.map(({node, tag}) => ({from: node.name, to: name, ...(tag !== undefined && {tag})})),
    ),
  }
}

const SHAPES = {source: ['([', '])'], dofn: ['[', ']'], sink: ['[(', ')]']} as const

/** The graph as a Mermaid flowchart, from left to right. */
export function mermaidOf({steps, edges}: GraphView): string {
  const ids = new Map(steps.map((step, i) => [step.name, `s${i}`]))
  const lines = ['flowchart LR']
  for (const {name, kind} of steps)
    lines.push(`  ${ids.get(name)}${SHAPES[kind][0]}"${quoted(name)}"${SHAPES[kind][1]}`)
  for (const {from, to, tag} of edges) {
    const label = tag === undefined ? '' : `|"${quoted(tag)}"|`
    lines.push(`  ${ids.get(from)} -->${label} ${ids.get(to)}`)
  }
  return `${lines.join('\n')}\n`
}

/** Inside quotes Mermaid reads entities, and `#` begins one. */
function quoted(text: string): string {
  return text.replace(/[#"<>&`\r\n]/g, char => `#${char.charCodeAt(0)};`)
}

/** The graph in Graphviz' language, from left to right. */
export function dotOf({name, steps, edges}: GraphView): string {
  const ids = new Map(steps.map((step, i) => [step.name, `s${i}`]))
  const shapes = {source: 'cds', dofn: 'box', sink: 'cylinder'}
  const lines = [`digraph ${dotString(name)} {`, '  rankdir=LR']
  for (const {name, kind} of steps) lines.push(`  ${ids.get(name)} [label=${dotString(name)} shape=${shapes[kind]}]`)
  for (const {from, to, tag} of edges) {
    const label = tag === undefined ? '' : ` [label=${dotString(tag)}]`
    lines.push(`  ${ids.get(from)} -> ${ids.get(to)}${label}`)
  }
  return `${lines.join('\n')}\n}\n`
}

function dotString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\r?\n|\r/g, ' ')}"`
}

/** The graph as plain text: a line a step, and one for each step that reads it. */
export function textOf({name, steps, edges}: GraphView): string {
  const lines = [name]
  for (const step of steps) {
    lines.push(`  ${step.name} (${step.kind} ${step.type})`)
    for (const {from, to, tag} of edges)
      if (from === step.name) lines.push(`    -> ${to}${tag === undefined ? '' : ` [${tag}]`}`)
  }
  return `${lines.join('\n')}\n`
}
