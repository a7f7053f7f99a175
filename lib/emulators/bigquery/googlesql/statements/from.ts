import {condition} from '../functions/functions-special.ts'
import type {From} from '../syntax/ast.ts'
import {INT64, quoteId, type SqlType, showType, typeOfField} from '../syntax/types.ts'
import {coerce, superType} from '../typing/coercion.ts'
import type {Column, FoundTable, RangeVariable, Scope} from '../typing/scope.ts'
import {asTable, type Typed} from '../typing/typed.ts'
import {analyze} from './expressions.ts'
import {compare} from './operators.ts'

/** Translates FROM; the scope gets its range variables. */
export function analyzeFrom(from: From, scope: Scope): string {
  switch (from.k) {
    case 'table':
      return table(from, scope)
    case 'subquery': {
      const rows = scope.t.query(asTable(from.query), scope.parent, scope.t, scope.ctes)
      const alias = from.alias ?? scope.newName()
      if (from.columns.length > rows.columns.length)
        throw scope.error(`Too many names of columns for ${alias}`, from.at)
      const columns = rows.columns.map((column, i): Column => {
        return {
          sql: `${quoteId(alias)}.${quoteId(column.duck)}`,
          type: column.typed.type,
          name: from.columns[i] ?? column.name,
        }
      })
      add(scope, {alias, columns: columns.map(settled)}, from.at)
      return `(${rows.sql}) AS ${quoteId(alias)}`
    }
    case 'unnest':
      return unnest(from, scope, analyze(from.expr, scope))
    case 'range': {
      const args = from.args.map(arg => coerce(analyze(arg, scope), INT64)?.sql)
      if (args.some(arg => arg === undefined)) throw scope.error('range() takes INT64s', from.at)
      const alias = from.alias ?? 'range'
      const name = from.columns[0] ?? 'range'
      add(scope, {alias, columns: [{sql: `${quoteId(alias)}.${quoteId(name)}`, type: INT64, name}]}, from.at)
      return `range(${args.join(', ')}) AS ${quoteId(alias)}(${quoteId(name)})`
    }
    case 'join':
      return join(from, scope)
  }
}

/** A column whose NULLs have no type yet is INT64, as in BigQuery. */
function settled(column: Column): Column {
  return column.type.kind === 'NULL' ? {...column, type: INT64} : column
}

/** Columns of a table under an alias. */
export function tableVariable(alias: string, {fields, ingestion}: FoundTable): RangeVariable {
  const columns = fields.map((field): Column => {
    return {sql: `${quoteId(alias)}.${quoteId(field.name)}`, type: typeOfField(field), name: field.name}
  })
  if (ingestion === undefined) return {alias, columns}
  const sql = `${quoteId(alias)}.${quoteId(ingestion)}`
  const time: Column = {sql, type: {kind: 'TIMESTAMP'}, name: '_PARTITIONTIME', pseudo: true}
  const date: Column = {
    sql: `CAST(timezone('UTC', ${sql}) AS DATE)`,
    type: {kind: 'DATE'},
    name: '_PARTITIONDATE',
    pseudo: true,
  }
  return {alias, columns: [...columns, time, date]}
}

function add(scope: Scope, variable: RangeVariable, at: number): void {
  if (scope.variables.some(v => v.alias.toLowerCase() === variable.alias.toLowerCase()))
    throw scope.error(`Duplicate table alias ${variable.alias} in the same FROM clause`, at)
  scope.variables.push(variable)
}

function table(from: Extract<From, {k: 'table'}>, scope: Scope): string {
  const {parts, at} = from
  const [first = ''] = parts
  const cte = parts.length === 1 ? scope.ctes.get(first.toLowerCase()) : undefined
  if (cte) {
    const alias = from.alias ?? first
    const columns = cte.columns.map(
      ({name, duck, type}): Column => ({sql: `${quoteId(alias)}.${quoteId(duck)}`, type, name}),
    )
    add(scope, {alias, columns: columns.map(settled)}, at)
    return `${cte.sql} AS ${quoteId(alias)}`
  }
  if (parts.length > 1 && isVariable(scope, first)) {
    const alias = from.alias ?? parts.at(-1)
    return unnest(
      {k: 'unnest', expr: {k: 'path', names: parts, at}, alias, offset: undefined, at},
      scope,
      scope.resolve(parts, at),
    )
  }
  const found = scope.t.lookUp(parts, 'read')
  const alias = from.alias ?? found.id
  add(scope, tableVariable(alias, found), at)
  return `${found.sql} AS ${quoteId(alias)}`
}

function isVariable(scope: Scope | undefined, name: string): boolean {
  if (!scope) return false
  return scope.variables.some(v => v.alias.toLowerCase() === name.toLowerCase()) || isVariable(scope.parent, name)
}

function unnest(from: Extract<From, {k: 'unnest'}>, scope: Scope, list: Typed): string {
  if (list.type.kind !== 'ARRAY')
    throw scope.error(
      `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${showType(list.type)}`,
      from.at,
    )
  const {element} = list.type
  const inner = quoteId(scope.newName())
  const value: Typed = {sql: `${inner}."x"`, type: element, ...(from.alias && {name: from.alias})}
  const columns: Column[] =
    element.kind === 'STRUCT'
      ? element.fields.map((field, i) => ({
          sql: `struct_extract(${value.sql}, '${(field.name || `_field_${i + 1}`).replaceAll("'", "''")}')`,
          type: field.type,
          name: field.name,
        }))
      : [{...value, name: from.alias ?? ''}]
  add(scope, {alias: from.alias ?? scope.newName(), columns, value}, from.at)
  let offset = ''
  if (from.offset !== undefined) {
    offset = `, generate_subscripts(${list.sql}, 1) - 1 AS "o"`
    const at: Column = {sql: `${inner}."o"`, type: INT64, name: from.offset}
    add(scope, {alias: from.offset, columns: [at], value: at}, from.at)
  }
  return `LATERAL (SELECT unnest(${list.sql}) AS "x"${offset}) AS ${inner}`
}

function join(from: Extract<From, {k: 'join'}>, scope: Scope): string {
  const left = analyzeFrom(from.left, scope)
  const before = scope.variables.length
  const mergedBefore = new Map(scope.merged)
  const inner = analyzeFrom(from.right, scope)
  const right = from.right.k === 'join' ? `(${inner})` : inner
  if (from.type === 'CROSS') return `${left} CROSS JOIN ${right}`
  if (from.right.k === 'unnest' && (from.type === 'RIGHT' || from.type === 'FULL'))
    throw scope.error(`${from.type} JOIN with an array of the other side is not allowed`, from.at)
  const on = from.on
    ? condition(scope, analyze(from.on, scope), 'ON', from.on.at)
    : from.using.map(name => using(from, scope, name, before, mergedBefore)).join(' AND ') || 'true'
  return `${left} ${from.type} JOIN ${right} ON ${on}`
}

/** Makes one column of two. */
function using(
  from: Extract<From, {k: 'join'}>,
  scope: Scope,
  name: string,
  before: number,
  mergedBefore: ReadonlyMap<string, Column>,
): string {
  const key = name.toLowerCase()
  const columnOf = (variables: RangeVariable[], side: string): Column => {
    const found = variables.flatMap(v => v.columns.filter(c => c.name.toLowerCase() === key))
    if (found.length !== 1)
      throw scope.error(
        `Column ${name} in USING clause ${found.length > 1 ? 'is ambiguous' : 'not found'} on ${side} side of join`,
        from.at,
      )
    return found[0] as Column
  }
  const left = mergedBefore.get(key) ?? columnOf(scope.variables.slice(0, before), 'left')
  const right = columnOf(scope.variables.slice(before), 'right')
  const type = superType([left, right]) as SqlType
  const sides = [left, right].map(side => (type ? coerce(side, type)?.sql : undefined))
  const test = compare(scope, '=', left, right, from.at)
  const sql = from.type === 'RIGHT' ? sides[1] : from.type === 'FULL' ? `coalesce(${sides.join(', ')})` : sides[0]
  scope.merged.set(key, {sql: sql as string, type, name: left.name})
  return test.sql
}
