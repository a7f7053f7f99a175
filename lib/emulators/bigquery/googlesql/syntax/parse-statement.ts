import {invalidQuery, unsupportedSql} from '../../model/errors.ts'
import {readPath} from '../../model/sql-path.ts'
import type {Assignment, Expr, InsertRow, MergeClause, Statement, Target} from './ast.ts'
import {Cursor, type Grammar} from './cursor.ts'
import {parseExpr} from './parse-expression.ts'
import {parseFrom} from './parse-from.ts'
import {parseQuery, parseRestOfQuery} from './parse-query.ts'

const GRAMMAR: Grammar = {expr: parseExpr, query: parseQuery, restOfQuery: parseRestOfQuery}

/** Reads the single statement of a text. 400 invalidQuery for invalid GoogleSQL, and for what is not supported here. */
export function parseStatement(sql: string): Statement {
  const c = new Cursor(sql, GRAMMAR)
  if (c.atEnd) throw invalidQuery('Syntax error: Unexpected end of statement')
  const statement = parse(c)
  while (c.accept(';')) if (!c.atEnd && !c.sees(';')) throw unsupportedSql('a script of several statements')
  if (!c.atEnd) throw c.error(`Expected end of input but got ${c.shown}`)
  return statement
}

function parse(c: Cursor): Statement {
  if (c.seesQuery || c.sees('(') || c.sees('FROM')) return {k: 'query', query: c.query()}
  if (c.accept('INSERT')) return insert(c)
  if (c.accept('UPDATE')) return update(c)
  if (c.accept('DELETE')) return remove(c)
  if (c.accept('MERGE')) return merge(c)
  if (c.accept('TRUNCATE', 'TABLE')) return {k: 'truncate', target: target(c, false)}
  throw unsupportedSql(`the statement ${c.token.upper}`)
}

function target(c: Cursor, withAlias = true): Target {
  const at = c.at
  const path = c.seesName ? readPath(c.sql, at) : undefined
  if (!path) throw c.error(`Expected a table name but got ${c.shown}`)
  while (!c.atEnd && c.at < path.end) c.next()
  return {parts: path.parts, alias: withAlias ? c.alias() : undefined, at}
}

function insert(c: Cursor): Statement {
  c.accept('INTO')
  const into = target(c, false)
  const columns = c.sees('(') && !isQueryInParentheses(c) ? columnList(c) : undefined
  if (c.accept('VALUES')) return {k: 'insert', target: into, columns, rows: c.list(() => valueRow(c)), query: undefined}
  return {k: 'insert', target: into, columns, rows: undefined, query: c.query()}
}

function isQueryInParentheses(c: Cursor): boolean {
  return ['SELECT', 'WITH', '('].includes(c.peek(1).upper) && c.peek(1).kind !== 'backtick'
}

function columnList(c: Cursor): string[] {
  return c.parenthesized(() => c.list(() => c.name('a column')))
}

function valueRow(c: Cursor): (Expr | undefined)[] {
  return c.parenthesized(() => c.list(() => (c.accept('DEFAULT') ? undefined : c.expr())))
}

function update(c: Cursor): Statement {
  const into = target(c)
  c.expect('SET')
  const set = assignments(c)
  const from = c.accept('FROM') ? parseFrom(c) : undefined
  if (!c.accept('WHERE')) throw missingWhere(c, 'UPDATE')
  return {k: 'update', target: into, set, from, where: c.expr()}
}

function remove(c: Cursor): Statement {
  c.accept('FROM')
  const from = target(c)
  if (!c.accept('WHERE')) throw missingWhere(c, 'DELETE')
  return {k: 'delete', target: from, where: c.expr()}
}

function missingWhere(c: Cursor, verb: string) {
  return c.atEnd || c.sees(';')
    ? invalidQuery(`${verb} must have a WHERE clause (WHERE true for every row)`)
    : c.error(`Expected keyword WHERE but got ${c.shown}`)
}

function assignments(c: Cursor): Assignment[] {
  return c.list(() => {
    const at = c.at
    const path = [c.name('a column')]
    while (c.accept('.')) path.push(c.nameAfterDot())
    c.expect('=')
    return {path, value: c.accept('DEFAULT') ? undefined : c.expr(), at}
  })
}

function merge(c: Cursor): Statement {
  c.accept('INTO')
  const into = target(c)
  c.expect('USING')
  const source = parseFromOne(c)
  c.expect('ON')
  const on = c.expr()
  const clauses: MergeClause[] = []
  while (c.sees('WHEN')) clauses.push(mergeClause(c))
  if (clauses.length === 0) throw c.error(`Expected keyword WHEN but got ${c.shown}`)
  return {k: 'merge', target: into, source, on, clauses}
}

function parseFromOne(c: Cursor) {
  const from = parseFrom(c)
  if (from.k === 'join') throw c.error('MERGE takes one source; put a join into a subquery')
  return from
}

function mergeClause(c: Cursor): MergeClause {
  const at = c.at
  c.expect('WHEN')
  const not = c.accept('NOT')
  c.expect('MATCHED')
  const bySource = not && c.accept('BY', 'SOURCE')
  if (not && !bySource) c.accept('BY', 'TARGET')
  const matched = !not ? 'MATCHED' : bySource ? 'NOT MATCHED BY SOURCE' : 'NOT MATCHED BY TARGET'
  const condition = c.accept('AND') ? c.expr() : undefined
  c.expect('THEN')
  return {matched, condition, action: mergeAction(c, matched), at}
}

function mergeAction(c: Cursor, matched: MergeClause['matched']): MergeClause['action'] {
  if (matched === 'NOT MATCHED BY TARGET') {
    c.expect('INSERT')
    if (c.accept('ROW')) return {k: 'insertRow'}
    const columns = c.sees('(') ? columnList(c) : undefined
    if (c.accept('ROW')) return {k: 'insertRow'}
    c.expect('VALUES')
    const row: InsertRow = {columns, rows: [valueRow(c)]}
    return {k: 'insert', ...row}
  }
  if (c.accept('DELETE')) return {k: 'delete'}
  c.expect('UPDATE', 'SET')
  return {k: 'update', set: assignments(c)}
}
