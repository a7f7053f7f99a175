import {existsSync, readdirSync} from 'node:fs'
import {basename, dirname, join, parse} from 'node:path'

const REASONS = '.reasons.jsonl'

/** The file that holds, line by line, the reasons for the records in a file of rejects. */
export function reasonsFile(rejects: string): string {
  return rejects + REASONS
}

/** The name of the `n`th file of rejects: `bad.csv`, `bad-2.csv`, `bad-3.csv`. */
export function rejectsFile(rejects: string, n: number): string {
  if (n === 1) return rejects
  const {dir, name, ext} = parse(rejects)
  return join(dir, `${name}-${n}${ext}`)
}

/** An existing file that could be mistaken for one of this run's reject files. */
export function existingRejects(rejects: string): string | undefined {
  for (const file of [rejects, reasonsFile(rejects)]) if (existsSync(file)) return file
  const folder = dirname(rejects)
  const found = existsSync(folder) ? readdirSync(folder).find(file => isNumbered(rejects, file)) : undefined
  return found === undefined ? undefined : join(folder, found)
}

/** Whether a name in the rejects' folder is one that this run may use for rejects or reasons. */
export function isRejectsFile(rejects: string, file: string): boolean {
  const name = file.endsWith(REASONS) ? file.slice(0, -REASONS.length) : file
  return name === basename(rejects) || isNumbered(rejects, name)
}

function isNumbered(rejects: string, file: string): boolean {
  const {name} = parse(rejects)
  const number = file.startsWith(`${name}-`) ? Number.parseInt(file.slice(name.length + 1), 10) : Number.NaN
  return number > 1 && file === basename(rejectsFile(rejects, number))
}
