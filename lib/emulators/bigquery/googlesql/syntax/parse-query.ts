import type {Body, Expr, GroupBy, Query, Select, SelectItem} from './ast.ts'
import type {Cursor} from './cursor.ts'
import {parseWindow} from './parse-call.ts'
import {parseFrom} from './parse-from.ts'
import {parseOrderItems} from './parse-order.ts'

const SET_OPERATORS = new Set(['UNION', 'INTERSECT', 'EXCEPT'])

/** Reads a query: WITH, a body, ORDER BY, LIMIT. */
export function parseQuery(c: Cursor): Query {
  return c.nested(() => {
    const at = c.at
    const ctes: Query['ctes'] = []
    let recursive = false
    if (c.accept('WITH')) {
      recursive = c.accept('RECURSIVE')
      ctes.push(...c.list(() => cte(c)))
    }
    return {...parseRestOfQuery(c, bodyPart(c)), recursive, ctes, at}
  })
}

/** Reads what follows the first part of a query's body. */
export function parseRestOfQuery(c: Cursor, first: Body): Query {
  const body = setOperations(c, first)
  const orderBy = c.accept('ORDER', 'BY') ? parseOrderItems(c) : []
  const limit = c.accept('LIMIT') ? c.expr() : undefined
  const offset = limit && c.accept('OFFSET') ? c.expr() : undefined
  return {recursive: false, ctes: [], body, orderBy, limit, offset, at: first.at}
}

function cte(c: Cursor) {
  const at = c.at
  const name = c.name('a name of WITH')
  if (c.sees('(')) throw c.error('Names of columns are not allowed here; name them in the query')
  c.expect('AS')
  return {name, query: c.parenthesized(() => c.query()), at}
}

/** INTERSECT and EXCEPT cannot be mixed with UNION without parentheses. */
function setOperations(c: Cursor, first: Body): Body {
  const at = c.at
  let left = first
  let before: string | undefined
  while (c.token.kind === 'word' && SET_OPERATORS.has(c.token.upper)) {
    const word = c.next().upper
    const kind = c.accept('ALL') ? 'ALL' : c.accept('DISTINCT') ? 'DISTINCT' : undefined
    if (!kind) throw c.error(`Expected keyword ALL or keyword DISTINCT but got ${c.shown}`)
    const op = `${word} ${kind}`
    if (word !== 'UNION' && kind === 'ALL') throw c.unsupported(op)
    if (before && before !== op && !(before.startsWith('UNION') && word === 'UNION'))
      throw c.error('Different set operations cannot be used in the same query without using parentheses for grouping')
    before = op
    if (c.sees('BY', 'NAME') || c.sees('CORRESPONDING')) throw c.unsupported(`${op} BY NAME`)
    left = {k: 'set', op, left, right: bodyPart(c), at}
  }
  return left
}

function bodyPart(c: Cursor): Body {
  const at = c.at
  if (c.accept('(')) {
    const query = c.query()
    c.expect(')')
    return {k: 'query', query, at}
  }
  if (c.accept('VALUES')) return {k: 'values', rows: c.list(() => c.parenthesized(() => c.list(() => c.expr()))), at}
  return select(c)
}

function select(c: Cursor): Select {
  const at = c.at
  if (c.sees('FROM')) throw c.unsupported('a query that begins with FROM (pipe syntax)')
  c.expect('SELECT')
  if (c.sees('WITH')) throw c.unsupported('SELECT WITH (differential privacy, aggregation thresholds)')
  const distinct = c.accept('DISTINCT')
  if (!distinct) c.accept('ALL')
  const as = c.accept('AS', 'STRUCT') ? 'STRUCT' : c.accept('AS', 'VALUE') ? 'VALUE' : undefined
  const items: SelectItem[] = [item(c)]
  // A comma may follow the last item.
  while (c.accept(',')) if (!c.sees('FROM') && !c.atEnd && !c.sees(')')) items.push(item(c))
  const from = c.accept('FROM') ? parseFrom(c) : undefined
  const where = c.accept('WHERE') ? c.expr() : undefined
  const groupBy = c.accept('GROUP', 'BY') ? grouping(c) : undefined
  const having = c.accept('HAVING') ? c.expr() : undefined
  const qualify = c.accept('QUALIFY') ? c.expr() : undefined
  const windows = c.accept('WINDOW') ? c.list(() => namedWindow(c)) : []
  if (c.sees('|>')) throw c.unsupported('pipe syntax (|>)')
  return {k: 'select', distinct, as, items, from, where, groupBy, having, qualify, windows, at}
}

function namedWindow(c: Cursor) {
  const name = c.name()
  c.expect('AS')
  return {name, spec: parseWindow(c)}
}

function item(c: Cursor): SelectItem {
  const at = c.at
  if (c.accept('*')) return {k: 'star', base: undefined, ...starOptions(c), at}
  const expr = c.expr()
  if (c.accept('.')) {
    c.expect('*')
    return {k: 'star', base: expr, ...starOptions(c), at}
  }
  return {k: 'expr', expr, alias: c.alias(), at}
}

function starOptions(c: Cursor) {
  // EXCLUDE is DuckDB's word for the same.
  const excepts = c.sees('EXCEPT', '(') || c.sees('EXCLUDE', '(')
  if (excepts) c.next()
  const except = excepts ? c.parenthesized(() => c.list(() => c.name())) : []
  const replace = c.accept('REPLACE')
    ? c.parenthesized(() =>
        c.list(() => {
          const expr: Expr = c.expr()
          c.expect('AS')
          return {expr, name: c.name()}
        }),
      )
    : []
  return {except, replace}
}

function grouping(c: Cursor): GroupBy {
  if (c.accept('ALL')) return {kind: 'ALL', items: []}
  if (c.sees('GROUPING')) throw c.unsupported('GROUPING SETS')
  const kind = c.accept('ROLLUP') ? 'ROLLUP' : c.accept('CUBE') ? 'CUBE' : 'LIST'
  const items = kind === 'LIST' ? c.list(() => c.expr()) : c.parenthesized(() => c.list(() => c.expr()))
  return {kind, items}
}
