import {existsSync, readdirSync} from 'node:fs'
import {basename, dirname, join, parse} from 'node:path'

/** Where the reasons stand, line by line, of the records in a file of rejects. */
export function reasonsFile(rejects: string): string {
  return `${rejects}.reasons.jsonl`
}

/** File of rejects number `n`: `bad.csv`, `bad-2.csv`, `bad-3.csv`. */
export function rejectsFile(rejects: string, n: number): string {
  if (n === 1) return rejects
  const {dir, name, ext} = parse(rejects)
  return join(dir, `${name}-${n}${ext}`)
}

/** A file that is there already, and would be taken for one of the rejects of this run. */
export function existingRejects(rejects: string): string | undefined {
  for (const file of [rejects, reasonsFile(rejects)]) if (existsSync(file)) return file
  const {name} = parse(rejects)
  const folder = dirname(rejects)
  const isOne = (file: string) => {
    const number = file.startsWith(`${name}-`) ? Number.parseInt(file.slice(name.length + 1), 10) : Number.NaN
    return number > 1 && file === basename(rejectsFile(rejects, number))
  }
  const found = existsSync(folder) ? readdirSync(folder).find(isOne) : undefined
  return found === undefined ? undefined : join(folder, found)
}
