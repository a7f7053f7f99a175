import type {StageInfo} from './info/stage-info.ts'

/**
 * The names of the columns of the rows that come to a stage, in order, as far as the stages above it know them: a row cannot
 * tell, because JavaScript moves keys such as '2021' before all others. Of several inputs, the columns of the first, then
 * those that only the others have.
 */
export function columnsAbove(info: StageInfo): readonly string[] | undefined {
  const found = new Set<string>()
  const seen = new Set<StageInfo>([...info.upstream])
  // a Set is visited in order of insertion, additions during the walk included
  for (const stage of seen) {
    const columns = stage.columns?.()
    if (columns === undefined) for (const above of stage.upstream) seen.add(above)
    else for (const name of columns) found.add(name)
  }
  return found.size > 0 ? [...found] : undefined
}

/** True for a key that JavaScript moves before those of other names, in ascending order. */
function isIndex(key: string): boolean {
  return /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1
}

/**
 * The keys of a row in the order of `columns`, as far as the keys themselves do not tell: a key that is a number comes behind the
 * column that it follows there, and one that is not there at the end. `columns` is asked for only if there are such keys.
 */
export function keysInOrder(row: object, columns: () => readonly string[] | undefined): readonly string[] {
  const keys = Object.keys(row)
  // they would be the first
  if (keys.length === 0 || !isIndex(keys[0]!)) return keys
  const known = columns()
  if (known === undefined) return keys
  const [numbers, names]: [Set<string>, Set<string>] = [new Set(), new Set()]
  for (const key of keys) (isIndex(key) ? numbers : names).add(key)
  const behind = new Map<string | undefined, string[]>()
  let last: string | undefined
  for (const name of known) {
    if (names.has(name)) last = name
    if (!numbers.delete(name)) continue
    const list = behind.get(last)
    if (list) list.push(name)
    else behind.set(last, [name])
  }
  return [
    ...(behind.get(undefined) ?? []),
    ...[...names].flatMap(name => [name, ...(behind.get(name) ?? [])]),
    ...numbers,
  ]
}
