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
