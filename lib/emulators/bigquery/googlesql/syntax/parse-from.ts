import {readPath} from '../../model/sql-path.ts'
import type {Expr, From} from './ast.ts'
import type {Cursor} from './cursor.ts'

/** Reads what follows FROM: tables with commas and joins between them. */
export function parseFrom(c: Cursor): From {
  return c.nested(() => {
    let left = item(c)
    for (;;) {
      const at = c.at
      if (c.accept(',')) left = {k: 'join', type: 'CROSS', left, right: item(c), on: undefined, using: [], at}
      else {
        const type = joinType(c)
        if (!type) return left
        left = join(c, left, type, at)
      }
    }
  })
}

function joinType(c: Cursor): string | undefined {
  if (c.sees('NATURAL')) throw c.unsupported('NATURAL JOIN')
  if (c.accept('CROSS', 'JOIN')) return 'CROSS'
  if (c.accept('JOIN') || c.accept('INNER', 'JOIN')) return 'INNER'
  for (const type of ['LEFT', 'RIGHT', 'FULL'])
    if (c.accept(type, 'OUTER', 'JOIN') || c.accept(type, 'JOIN')) return type
  return undefined
}

function join(c: Cursor, left: From, type: string, at: number): From {
  const right = item(c)
  const on: Expr | undefined = c.accept('ON') ? c.expr() : undefined
  const using = !on && c.accept('USING') ? c.parenthesized(() => c.list(() => c.name())) : []
  if (type === 'CROSS' ? on || using.length > 0 : !on && using.length === 0 && right.k !== 'unnest')
    throw c.error(
      type === 'CROSS'
        ? 'CROSS JOIN cannot have ON or USING'
        : `${type} JOIN must have an immediately following ON or USING clause`,
    )
  return {k: 'join', type, left, right, on, using, at}
}

function item(c: Cursor): From {
  const at = c.at
  if (c.accept('LATERAL')) throw c.unsupported('LATERAL')
  if (c.accept('UNNEST')) {
    const expr = c.parenthesized(() => c.expr())
    const alias = c.alias()
    return checked(c, {k: 'unnest', expr, alias, offset: offsetAlias(c), at})
  }
  if (c.accept('(')) return inParentheses(c, at)
  // DuckDB's range(n): rows for tests, which GoogleSQL has no such function for.
  if (c.sees('RANGE', '(')) {
    c.next()
    const args = c.parenthesized(() => c.list(() => c.expr()))
    return {k: 'range', args, ...aliasAndColumns(c), at}
  }
  if (!c.seesName) throw c.error(`Unexpected ${c.shown}`)
  const path = readPath(c.sql, c.at)
  if (!path) throw c.error(`Unexpected ${c.shown}`)
  while (!c.atEnd && c.at < path.end) c.next()
  if (c.sees('(')) throw c.unsupported(`the table function ${path.parts.join('.')}`, at)
  if (c.sees('FOR', 'SYSTEM_TIME')) throw c.unsupported('FOR SYSTEM_TIME AS OF')
  const alias = c.alias()
  if (c.accept('WITH', 'OFFSET')) {
    const expr: Expr = {k: 'path', names: path.parts, at}
    return checked(c, {k: 'unnest', expr, alias: alias ?? path.parts.at(-1), offset: c.alias() ?? 'offset', at})
  }
  return checked(c, {k: 'table', parts: path.parts, alias, at})
}

function inParentheses(c: Cursor, at: number): From {
  if (!c.seesQuery) {
    const inner = parseFrom(c)
    if (inner.k === 'subquery' && inner.alias === undefined && c.seesRestOfQuery) {
      const query = c.grammar.restOfQuery(c, {k: 'query', query: inner.query, at: inner.at})
      c.expect(')')
      return checked(c, {k: 'subquery', query, ...aliasAndColumns(c), at})
    }
    c.expect(')')
    return inner.k === 'subquery' && inner.alias === undefined ? {...inner, ...aliasAndColumns(c)} : inner
  }
  const query = c.query()
  c.expect(')')
  return checked(c, {k: 'subquery', query, ...aliasAndColumns(c), at})
}

function aliasAndColumns(c: Cursor): {alias: string | undefined; columns: string[]} {
  const alias = c.alias()
  // `t(a, b)` is DuckDB's, beside VALUES and range().
  const columns = alias !== undefined && c.sees('(') ? c.parenthesized(() => c.list(() => c.name())) : []
  return {alias, columns}
}

function offsetAlias(c: Cursor): string | undefined {
  return c.accept('WITH', 'OFFSET') ? (c.alias() ?? 'offset') : undefined
}

function checked(c: Cursor, from: From): From {
  for (const word of ['PIVOT', 'UNPIVOT', 'TABLESAMPLE', 'MATCH_RECOGNIZE'])
    if (c.sees(word, '(') || c.sees(word, 'SYSTEM')) throw c.unsupported(word)
  return from
}
