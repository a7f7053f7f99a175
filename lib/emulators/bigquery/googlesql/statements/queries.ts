import type {Body, Expr, OrderItem, Query} from '../syntax/ast.ts'
import {INT64, quoteId, showType} from '../syntax/types.ts'
import {coerce, superType} from '../typing/coercion.ts'
import {checkOrdered, sortKey} from '../typing/ordering.ts'
import {type NamedQuery, Scope, type Translation} from '../typing/scope.ts'
import {asTable, type OutputColumn, type Rows, type Typed} from '../typing/typed.ts'
import {analyze} from './expressions.ts'
import {commonTypes, convertRows, nameColumns} from './rows.ts'
import {analyzeSelect} from './selects.ts'

type Ctes = ReadonlyMap<string, NamedQuery>

/** Translates a query. */
export function analyzeQuery(query: Query, parent: Scope | undefined, t: Translation, given?: Ctes): Rows {
  let ctes: Ctes = given ?? parent?.ctes ?? new Map()
  const definitions: string[] = []
  for (const cte of query.ctes) {
    const key = cte.name.toLowerCase()
    const name = quoteId(`~c${++t.counter}`)
    const recursive =
      query.recursive && cte.query.body.k === 'set' ? recursiveCte(cte.query, name, key, parent, t, ctes) : undefined
    const rows = recursive ?? analyzeQuery(asTable(cte.query), parent, t, ctes)
    ctes = new Map(ctes).set(key, namedQuery(name, rows))
    definitions.push(`${name}(${rows.columns.map(c => quoteId(c.duck)).join(', ')}) AS (${rows.sql})`)
  }
  const rows = ordered(query, parent, t, ctes)
  if (definitions.length === 0) return rows
  return {...rows, sql: `WITH ${query.recursive ? 'RECURSIVE ' : ''}${definitions.join(', ')} ${rows.sql}`}
}

function namedQuery(sql: string, rows: Rows): NamedQuery {
  return {
    sql,
    columns: rows.columns.map(({name, duck, typed}) => ({
      name,
      duck,
      type: typed.type.kind === 'NULL' ? INT64 : typed.type,
    })),
  }
}

/** The first part determines the columns of the second, recursive part. */
function recursiveCte(
  query: Query,
  name: string,
  key: string,
  parent: Scope | undefined,
  t: Translation,
  ctes: Ctes,
): Rows | undefined {
  const {body} = query
  if (body.k !== 'set' || !body.op.startsWith('UNION') || query.ctes.length + query.orderBy.length > 0 || query.limit)
    return undefined
  const scope = new Scope(t, parent, ctes)
  const first = analyzeBody(body.left, scope, [])
  const types = first.columns.map(column => (column.typed.type.kind === 'NULL' ? INT64 : column.typed.type))
  const left = convertRows(scope, first, types, () => scope.error('Invalid recursive query', body.at))
  const inner = new Scope(t, parent, new Map(ctes).set(key, namedQuery(name, left)))
  const second = analyzeBody(body.right, inner, [])
  if (second.columns.length !== types.length)
    throw scope.error('The parts of a recursive query have different numbers of columns', body.at)
  const right = convertRows(inner, second, types, i => {
    return scope.error(
      `Cannot coerce column ${i + 1} of a recursive query to ${showType(types[i] as Typed['type'])}`,
      body.at,
    )
  })
  return {sql: `(${left.sql}) ${body.op === 'UNION ALL' ? 'UNION ALL' : 'UNION'} (${right.sql})`, columns: left.columns}
}

function ordered(query: Query, parent: Scope | undefined, t: Translation, ctes: Ctes): Rows {
  const scope = new Scope(t, parent, ctes)
  const bySelect = query.body.k === 'select' && !query.body.distinct
  let rows = analyzeBody(query.body, scope, bySelect ? query.orderBy : [])
  if (!bySelect && query.orderBy.length > 0) rows = orderedOutside(rows, query.orderBy, scope)
  const bound = (expr: Expr | undefined, word: string) => {
    if (!expr) return ''
    const value = analyze(expr, scope)
    const sql = coerce(value, INT64)?.sql
    if (!sql || !value.literal || value.text?.startsWith('-'))
      throw scope.error(`${word} expects a non-negative integer literal or parameter`, expr.at)
    return ` ${word} ${sql}`
  }
  return {...rows, sql: `${rows.sql}${bound(query.limit, 'LIMIT')}${bound(query.offset, 'OFFSET')}`}
}

/** ORDER BY over the columns of the result, which are all it can name behind DISTINCT and set operations. */
function orderedOutside(rows: Rows, items: readonly OrderItem[], outer: Scope): Rows {
  const alias = outer.newName()
  const scope = new Scope(outer.t, outer.parent, outer.ctes)
  const columnValue = ({duck, name, typed}: OutputColumn): Typed & {name: string} => {
    return {sql: `${quoteId(alias)}.${quoteId(duck)}`, type: typed.type, name}
  }
  scope.variables.push({alias, columns: rows.columns.map(columnValue)})
  const keys = items.map(item => {
    const {expr} = item
    const ordinal = expr.k === 'literal' && expr.type === 'INT64' ? rows.columns[Number(expr.text) - 1] : undefined
    const last =
      expr.k === 'path' && expr.names.length > 1
        ? rows.columns.filter(c => c.name.toLowerCase() === expr.names.at(-1)?.toLowerCase())
        : []
    const value = ordinal
      ? columnValue(ordinal)
      : last.length === 1
        ? columnValue(last[0] as OutputColumn)
        : analyze(expr, scope)
    checkOrdered(scope, value, 'ORDER BY', expr.at)
    return sortKey(value, item)
  })
  return {sql: `SELECT * FROM (${rows.sql}) AS ${quoteId(alias)} ORDER BY ${keys.join(', ')}`, columns: rows.columns}
}

function analyzeBody(body: Body, scope: Scope, orderBy: readonly OrderItem[]): Rows {
  switch (body.k) {
    case 'select':
      return analyzeSelect(body, scope, orderBy)
    case 'query': {
      const rows = analyzeQuery(body.query, scope.parent, scope.t, scope.ctes)
      return {...rows, sql: `SELECT * FROM (${rows.sql}) AS ${quoteId(scope.newName())}`}
    }
    case 'set': {
      const [left, right] = [
        analyzeBody(body.left, scope, []),
        analyzeBody(body.right, new Scope(scope.t, scope.parent, scope.ctes), []),
      ]
      const types = commonTypes(scope, left, right, body.op, body.at)
      if (body.op !== 'UNION ALL' && types.some(type => type.kind === 'ARRAY' || type.kind === 'JSON'))
        throw scope.error(`${body.op} cannot be used with columns of type ARRAY or JSON`, body.at)
      const refuse = (i: number) => scope.error(`Column ${i + 1} in ${body.op} has incompatible types`, body.at)
      const [l, r] = [convertRows(scope, left, types, refuse), convertRows(scope, right, types, refuse)]
      const columns = l.columns.map(({name, duck}, i) => ({
        name,
        duck,
        typed: {sql: '', type: types[i] as Typed['type']},
      }))
      return {sql: `(${l.sql}) ${body.op.replace(' DISTINCT', '')} (${r.sql})`, columns}
    }
    case 'values':
      return values(body.rows, scope, body.at)
  }
}

/** VALUES as a query, which is DuckDB's: rows for tests. */
function values(rows: readonly Expr[][], scope: Scope, at: number): Rows {
  const cells = rows.map(row => row.map(expr => analyze(expr, scope)))
  const width = cells[0]?.length ?? 0
  if (cells.some(row => row.length !== width)) throw scope.error('VALUES lists must all be the same length', at)
  const types = Array.from({length: width}, (_, i) => superType(cells.map(row => row[i] as Typed)))
  const bad = types.findIndex(type => !type)
  if (bad >= 0) throw scope.error(`Column ${bad + 1} of VALUES has incompatible types`, at)
  const settled = types.map(type => (type?.kind === 'NULL' || !type ? INT64 : type))
  const columns = nameColumns(settled.map((type, i) => ({name: `col${i}`, typed: {sql: '', type}})))
  const tuples = cells.map(
    row => `(${row.map((cell, i) => (coerce(cell, settled[i] as Typed['type']) as Typed).sql).join(', ')})`,
  )
  const alias = quoteId(scope.newName())
  return {
    sql: `SELECT * FROM (VALUES ${tuples.join(', ')}) AS ${alias}(${columns.map(c => quoteId(c.duck)).join(', ')})`,
    columns,
  }
}
