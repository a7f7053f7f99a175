import {quoteId, type SqlType, sameType, showType} from '../syntax/types.ts'
import {coerce, superType} from '../typing/coercion.ts'
import type {Scope} from '../typing/scope.ts'
import type {OutputColumn, Rows, Typed} from '../typing/typed.ts'

/** Gives each column a name of its own. */
export function nameColumns(columns: readonly {name: string; typed: Typed}[]): OutputColumn[] {
  const taken = new Set<string>()
  return columns.map(({name, typed}, i) => {
    const duck = name && !taken.has(name.toLowerCase()) ? name : `~f${i}`
    taken.add(duck.toLowerCase())
    return {name, duck, typed}
  })
}

/** The rows with each column as a value of these types. Throws 400, in the words of `refuse`, where one cannot be. */
export function convertRows(scope: Scope, rows: Rows, types: readonly SqlType[], refuse: (i: number) => Error): Rows {
  const same = rows.columns.every(({typed}, i) => exactly(typed.type, types[i] as SqlType))
  if (same) return rows
  const alias = quoteId(scope.newName())
  const columns = rows.columns.map((column, i): OutputColumn => {
    const {text, literal, type} = column.typed
    const outer: Typed = {
      sql: `${alias}.${quoteId(column.duck)}`,
      type,
      ...(literal && {literal}),
      ...(text !== undefined && {text}),
    }
    const typed = coerce(outer, types[i] as SqlType)
    if (!typed) throw refuse(i)
    return {...column, typed: {sql: typed.sql, type: types[i] as SqlType}}
  })
  const list = columns.map(({duck, typed}) => `${typed.sql} AS ${quoteId(duck)}`).join(', ')
  return {sql: `SELECT ${list} FROM (${rows.sql}) AS ${alias}`, columns}
}

/** The types that the columns of both sides of a set operation become. */
export function commonTypes(scope: Scope, left: Rows, right: Rows, op: string, at: number): SqlType[] {
  if (left.columns.length !== right.columns.length)
    throw scope.error(
      `Queries in ${op} have mismatched column count; query 1 has ${left.columns.length} columns, query 2 has ${right.columns.length} columns`,
      at,
    )
  return left.columns.map((column, i) => {
    const other = (right.columns[i] as OutputColumn).typed
    const type = superType([column.typed, other])
    if (!type)
      throw scope.error(
        `Column ${i + 1} in ${op} has incompatible types: ${showType(column.typed.type)}, ${showType(other.type)}`,
        at,
      )
    return type.kind === 'NULL' ? {kind: 'INT64'} : type
  })
}

/** Whether type and field names are the same, so that no conversion is needed. */
function exactly(a: SqlType, b: SqlType): boolean {
  return a.kind !== 'NULL' && sameType(a, b) && showType(a) === showType(b)
}
