import {condition} from '../functions/functions-special.ts'
import type {Expr, GroupBy, OrderItem, Select} from '../syntax/ast.ts'
import {quoteId, showType} from '../syntax/types.ts'
import {structSql} from '../typing/coercion.ts'
import {checkOrdered, sortKey} from '../typing/ordering.ts'
import {Scope} from '../typing/scope.ts'
import type {Rows, Typed} from '../typing/typed.ts'
import {analyze} from './expressions.ts'
import {analyzeFrom} from './from.ts'
import {nameColumns} from './rows.ts'

interface Item {
  /** Empty for an expression without a name. */
  name: string
  typed: Typed
}

/** Translates a SELECT, with the ORDER BY that belongs to it. */
export function analyzeSelect(select: Select, outer: Scope, orderBy: readonly OrderItem[]): Rows {
  const scope = new Scope(outer.t, outer.parent, outer.ctes)
  for (const {name, spec} of select.windows) scope.windows.set(name.toLowerCase(), spec)
  const clauses: string[] = []
  if (select.from) clauses.push(`FROM ${analyzeFrom(select.from, scope)}`)
  if (select.where)
    clauses.push(`WHERE ${condition(scope, analyze(select.where, scope), 'WHERE clause', select.where.at)}`)
  const items = shaped(select, selectItems(select, scope), scope)
  const after = afterSelect(scope, items)
  if (select.groupBy) clauses.push(`GROUP BY ${grouping(select.groupBy, items, scope, after)}`)
  if (select.having)
    clauses.push(`HAVING ${condition(after, analyze(select.having, after), 'HAVING clause', select.having.at)}`)
  if (select.qualify)
    clauses.push(`QUALIFY ${condition(after, analyze(select.qualify, after), 'QUALIFY clause', select.qualify.at)}`)
  if (select.distinct)
    for (const {typed} of items)
      if (['ARRAY', 'JSON', 'GEOGRAPHY'].includes(typed.type.kind))
        throw scope.error(`Column of type ${typed.type.kind} cannot be used in SELECT DISTINCT`, select.at)
  if (orderBy.length > 0) clauses.push(`ORDER BY ${orderBy.map(item => orderKey(item, items, after)).join(', ')}`)
  const columns = nameColumns(items)
  const list = columns
    .map(
      ({duck, typed}) =>
        `${typed.type.kind === 'NULL' ? `CAST(${typed.sql} AS BIGINT)` : typed.sql} AS ${quoteId(duck)}`,
    )
    .join(', ')
  return {
    sql: `SELECT ${select.distinct ? 'DISTINCT ' : ''}${list}${clauses.map(clause => ` ${clause}`).join('')}`,
    columns,
  }
}

function selectItems(select: Select, scope: Scope): Item[] {
  return select.items.flatMap((item): Item[] => {
    if (item.k === 'star') return star(item, scope)
    const typed = analyze(item.expr, scope)
    const implied =
      item.expr.k === 'path' || item.expr.k === 'field' || (item.expr.k === 'index' && typed.type.kind === 'JSON')
        ? typed.name
        : undefined
    const path = item.expr.k === 'path' ? item.expr.names.at(-1) : item.expr.k === 'field' ? item.expr.name : undefined
    return [{name: item.alias ?? (implied === undefined && path === undefined ? '' : (path ?? '')), typed}]
  })
}

/** SELECT AS STRUCT makes one column of all. */
function shaped(select: Select, items: Item[], scope: Scope): Item[] {
  if (select.as === 'VALUE' && items.length !== 1)
    throw scope.error('SELECT AS VALUE query must have exactly one column', select.at)
  if (select.as !== 'STRUCT') return items
  const type = {kind: 'STRUCT', fields: items.map(({name, typed}) => ({name, type: typed.type}))} as const
  return [
    {
      name: '',
      typed: {
        sql: structSql(
          items.map(item => item.typed),
          type,
        ),
        type,
      },
    },
  ]
}

function star(item: Extract<Select['items'][number], {k: 'star'}>, scope: Scope): Item[] {
  let all: Item[]
  if (item.base) all = starOf(item.base, scope)
  else {
    if (scope.variables.length === 0) throw scope.error('SELECT * must have a FROM clause', item.at)
    const merged = [...scope.merged.values()]
    const plain = scope.variables.flatMap(v =>
      v.columns.filter(c => !c.pseudo && !scope.merged.has(c.name.toLowerCase())),
    )
    all = [...merged, ...plain].map(({name, ...typed}) => ({name, typed}))
  }
  const find = (name: string) => {
    if (!all.some(column => column.name.toLowerCase() === name.toLowerCase()))
      throw scope.error(`Column ${name} in SELECT * EXCEPT or REPLACE list does not exist`, item.at)
    return name.toLowerCase()
  }
  const except = new Set(item.except.map(find))
  const replace = new Map(item.replace.map(({name, expr}) => [find(name), analyze(expr, scope)]))
  return all
    .filter(column => !except.has(column.name.toLowerCase()))
    .map(column => ({name: column.name, typed: replace.get(column.name.toLowerCase()) ?? column.typed}))
}

function starOf(base: Expr, scope: Scope): Item[] {
  const name = base.k === 'path' && base.names.length === 1 ? (base.names[0] as string).toLowerCase() : undefined
  const variable = scope.variables.find(v => v.alias.toLowerCase() === name)
  if (variable)
    return variable.columns.filter(c => !c.pseudo).map(({name: column, ...typed}) => ({name: column, typed}))
  const value = analyze(base, scope)
  const {type} = value
  if (type.kind !== 'STRUCT') throw scope.error(`Dot-star is not supported for type ${showType(type)}`, base.at)
  return type.fields.map((field, i) => {
    const sql = `struct_extract(${value.sql}, '${(field.name || `_field_${i + 1}`).replaceAll("'", "''")}')`
    return {name: field.name, typed: {sql, type: field.type}}
  })
}

/** What HAVING, QUALIFY and ORDER BY may name: columns of FROM, and before those the aliases of SELECT. */
function afterSelect(scope: Scope, items: readonly Item[]): Scope {
  const after = new Scope(scope.t, scope.parent, scope.ctes)
  after.variables = scope.variables
  after.merged = scope.merged
  after.windows = scope.windows
  for (const {name, typed} of items) {
    if (!name) continue
    const key = name.toLowerCase()
    const same = after.aliases.get(key) ?? []
    if (!same.some(other => other.sql === typed.sql)) same.push(typed)
    after.aliases.set(key, same)
  }
  return after
}

/** The position of the column that an ordinal or a plain alias means, from 0. */
function itemOf(expr: Expr, items: readonly Item[], scope: Scope, clause: string): number | undefined {
  if (expr.k === 'literal' && expr.type === 'INT64') {
    const at = Number(expr.text) - 1
    if (!items[at]) throw scope.error(`${clause} is out of SELECT column number range: ${expr.text}`, expr.at)
    return at
  }
  if (expr.k !== 'path' || expr.names.length > 1) return undefined
  const name = (expr.names[0] as string).toLowerCase()
  const found = items.flatMap((item, i) => (item.name.toLowerCase() === name ? [i] : []))
  if (found.length > 1 && new Set(found.map(i => items[i]?.typed.sql)).size > 1)
    throw scope.error(`Column name ${expr.names[0]} is ambiguous`, expr.at)
  return found[0]
}

function grouping(groupBy: GroupBy, items: readonly Item[], scope: Scope, after: Scope): string {
  if (groupBy.kind === 'ALL') return 'ALL'
  const keys = groupBy.items.map(expr => {
    const at = itemOf(expr, items, after, 'GROUP BY')
    const value = at === undefined ? analyze(expr, scope) : (items[at] as Item).typed
    if (['ARRAY', 'JSON', 'GEOGRAPHY'].includes(value.type.kind))
      throw scope.error(`Grouping by expressions of type ${value.type.kind} is not allowed`, expr.at)
    return at === undefined || groupBy.kind !== 'LIST' ? value.sql : String(at + 1)
  })
  return groupBy.kind === 'LIST' ? keys.join(', ') : `${groupBy.kind} (${keys.join(', ')})`
}

function orderKey(item: OrderItem, items: readonly Item[], after: Scope): string {
  const at = itemOf(item.expr, items, after, 'ORDER BY')
  const value = at === undefined ? analyze(item.expr, after) : (items[at] as Item).typed
  checkOrdered(after, value, 'ORDER BY', item.expr.at)
  return sortKey(value, item, at === undefined ? value.sql : String(at + 1))
}
