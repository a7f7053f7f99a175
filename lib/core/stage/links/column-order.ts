import type {StageInfo} from '../info/stage-info.ts'

/**
 * The column names of the rows that reach a stage, in order, as far as the stages upstream know them. The rows themselves do not
 * show it: JavaScript moves keys such as '2021' before all others. With several inputs, the columns of the first come first, then
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
 * The keys of a row, with numeric keys moved to where `columns` has them: after the column that they follow there, or to the end if
 * they are not in it. `columns` is called only for a row with such keys.
 */
export function keysInOrder(row: object, columns: () => readonly string[] | undefined): readonly string[] {
  const keys = Object.keys(row)
  // numeric keys come first
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
