import {SluiceError} from '../../../errors/index.ts'
import type {CoGrouped} from './co-group.ts'

/** Which rows a join emits: those that match, and those of the left, the right or both inputs that do not. */
export type JoinType = 'inner' | 'left' | 'right' | 'full'

/** Makes a row of two; null where there is none. */
export type Select = (left: unknown, right: unknown) => unknown

/** The rows of one group. */
export function* joinRows({key: matches, sides}: CoGrouped, type: JoinType, select: Select): Generator<unknown> {
  const [left = [], right = []] = sides
  if (matches && left.length > 0 && right.length > 0) {
    for (const l of left) for (const r of right) yield select(l, r)
    return
  }
  if (type === 'left' || type === 'full') for (const l of left) yield select(l, null)
  if (type === 'right' || type === 'full') for (const r of right) yield select(null, r)
}

type Row = Readonly<Record<string, unknown>>

/** Puts the fields of two rows into one; `shared` have the same value in both. */
export function mergeRows(where: string, shared: ReadonlySet<string>): Select {
  return (left, right) => {
    if (left === null || right === null) return {...((left ?? right) as Row)}
    const row: Record<string, unknown> = {...(left as Row)}
    for (const name of Object.keys(right as Row)) {
      const twice = Object.hasOwn(row, name) && !shared.has(name)
      if (twice || name === '__proto__') throw twoFields(where, name)
      row[name] = shared.has(name) ? row[name] : (right as Row)[name]
    }
    return row
  }
}

function twoFields(where: string, name: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_COMBINE',
    `${where}: both rows have a field '${name}'; say what becomes of it: select: (left, right) => ({...left, ${name}2: right.${name}})`,
    {stage: where},
  )
}
