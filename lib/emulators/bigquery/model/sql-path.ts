import {invalid, unsupportedSql} from './errors.ts'

/** A table as a statement names it. */
export interface TablePath {
  project: string
  dataset: string
  table: string
}

/** What names without a project or dataset are taken to mean. */
export interface PathDefaults {
  project: string
  dataset?: {project: string; id: string} | undefined
}

const PART = '`[^`]*`|[\\p{L}_][\\p{L}\\p{M}\\p{N}_]*(?:-(?!-)[\\p{L}\\p{N}_]+)*'
// After a dot a name may begin with a digit.
const LATER = `${PART}|[\\p{N}][\\p{L}\\p{M}\\p{N}_]*`
const PATH = new RegExp(`(?:${PART})(?:\\s*\\.\\s*(?:${LATER}))*`, 'uy')
const PARTS = new RegExp(LATER, 'gu')

/** Reads a path at an offset of the statement: its parts, with backticks around one part, several or all of them. */
export function readPath(sql: string, start: number): {parts: string[]; end: number} | undefined {
  PATH.lastIndex = start
  const text = PATH.exec(sql)?.[0]
  if (text === undefined) return undefined
  const parts = (text.match(PARTS) ?? []).flatMap(part => {
    if (part.startsWith('`')) return part.slice(1, -1).split('.')
    return [part]
  })
  return {parts, end: start + text.length}
}

/** Completes a path. 400 for a path without a dataset, or for something that this emulator does not have. */
export function resolvePath(parts: readonly string[], defaults: PathDefaults): TablePath {
  const table = parts.at(-1) ?? ''
  const dataset = parts.at(-2)
  if (parts.some(part => part.toUpperCase() === 'INFORMATION_SCHEMA')) throw unsupportedSql('INFORMATION_SCHEMA')
  if (table.includes('*')) throw unsupportedSql(`the wildcard table ${parts.join('.')}`)
  if (table.includes('$')) throw unsupportedSql(`the partition decorator in ${parts.join('.')}`)
  if (dataset !== undefined) return {project: parts.slice(0, -2).join('.') || defaults.project, dataset, table}
  if (defaults.dataset) return {project: defaults.dataset.project, dataset: defaults.dataset.id, table}
  throw invalid(`Table "${table}" must be qualified with a dataset (e.g. dataset.table).`)
}
