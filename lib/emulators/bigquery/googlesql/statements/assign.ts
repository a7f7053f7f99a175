import type {TableField} from '../../model/table-field.ts'
import type {Assignment} from '../syntax/ast.ts'
import {duckSql, fieldName, quoteId, quoteText, type SqlType, showType, typeOfField} from '../syntax/types.ts'
import {coerce, structSql} from '../typing/coercion.ts'
import type {Scope} from '../typing/scope.ts'
import {nullOf, type Typed} from '../typing/typed.ts'
import {analyze} from './expressions.ts'

/** The value as one for a column, without casts that GoogleSQL would not do; `undefined` is DEFAULT. */
export function assign(
  scope: Scope,
  field: TableField,
  value: Typed | undefined,
  verb: 'inserted' | 'assigned',
  at: number,
): string {
  const type = typeOfField(field)
  if (!value) return type.kind === 'ARRAY' ? `CAST([] AS ${duckSql(type)})` : nullOf(type)
  const coerced = coerce(value, type)
  if (!coerced)
    throw scope.error(
      verb === 'inserted'
        ? `Value has type ${showType(value.type)} which cannot be inserted into column ${field.name}, which has type ${showType(type)}`
        : `Value of type ${showType(value.type)} cannot be assigned to ${field.name}, which has type ${showType(type)}`,
      at,
    )
  // BigQuery has no NULL arrays in tables.
  if (type.kind === 'ARRAY')
    return `coalesce("~fn".no_nulls(${coerced.sql}, ${quoteText(field.name)}), CAST([] AS ${duckSql(type)}))`
  if (field.maxLength !== undefined)
    return `bq_max_length_${type.kind}(${coerced.sql}, ${Number(field.maxLength)}, ${quoteText(field.name)})`
  if (field.precision !== undefined && (type.kind === 'NUMERIC' || type.kind === 'BIGNUMERIC'))
    return `bq_fit_${type.kind}(${coerced.sql}, ${Number(field.precision)}, ${Number(field.scale ?? 0)})`
  return coerced.sql
}

/** `"column" = value` for each column that SET names, by itself or by a field inside of it. */
export function assignments(
  scope: Scope,
  set: readonly Assignment[],
  fields: readonly TableField[],
  alias: string,
): string {
  const byColumn = new Map<string, {field: TableField; items: Assignment[]}>()
  for (const item of set) {
    const {path, at} = item
    const names =
      path.length > 1 && path[0]?.toLowerCase() === alias.toLowerCase() && !findField(fields, path[0])
        ? path.slice(1)
        : path
    const field = findField(fields, names[0] as string)
    if (!field) throw scope.error(`Unrecognized name: ${path.join('.')}`, at)
    const entry = byColumn.get(field.name) ?? {field, items: []}
    const overlaps = entry.items.some(({path: other}) =>
      names.every((n, i) => i >= other.length || other[i]?.toLowerCase() === n.toLowerCase()),
    )
    if (overlaps) throw scope.error(`Update item ${path.join('.')} assigned more than once`, at)
    entry.items.push({...item, path: names})
    byColumn.set(field.name, entry)
  }
  return [...byColumn.values()]
    .map(({field, items}) => {
      const [first] = items as [Assignment]
      const whole = first.path.length === 1
      const value = whole
        ? assign(scope, field, first.value && analyze(first.value, scope), 'assigned', first.at)
        : withFields(scope, {sql: `${quoteId(alias)}.${quoteId(field.name)}`, type: typeOfField(field)}, items, 1)
      return `${quoteId(field.name)} = ${value}`
    })
    .join(', ')
}

/** A STRUCT with some of its fields replaced. */
function withFields(scope: Scope, base: Typed, items: readonly Assignment[], depth: number): string {
  const {type} = base
  if (type.kind !== 'STRUCT')
    throw scope.error(`Cannot set a field of a value of type ${showType(type)}`, items[0]?.at ?? 0)
  const names = new Set(type.fields.map(f => f.name.toLowerCase()))
  for (const {path, at} of items)
    if (!names.has(path[depth]?.toLowerCase() ?? '')) throw scope.error(`Field ${path.join('.')} does not exist`, at)
  const parts = type.fields.map((field, i): Typed => {
    const current: Typed = {sql: `struct_extract(${base.sql}, ${quoteText(fieldName(field, i))})`, type: field.type}
    const mine = items.filter(({path}) => path[depth]?.toLowerCase() === field.name.toLowerCase())
    const [first] = mine
    if (!first) return current
    if (first.path.length > depth + 1) return {sql: withFields(scope, current, mine, depth + 1), type: field.type}
    return {sql: fieldValue(scope, field, first), type: field.type}
  })
  return structSql(parts, type)
}

function fieldValue(scope: Scope, field: {name: string; type: SqlType}, {value, at}: Assignment): string {
  if (!value) return nullOf(field.type)
  const typed = analyze(value, scope)
  const coerced = coerce(typed, field.type)
  if (!coerced)
    throw scope.error(
      `Value of type ${showType(typed.type)} cannot be assigned to ${field.name}, which has type ${showType(field.type)}`,
      at,
    )
  return coerced.sql
}

export function findField(fields: readonly TableField[], name: string): TableField | undefined {
  return fields.find(field => field.name.toLowerCase() === name.toLowerCase())
}
