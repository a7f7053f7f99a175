import type {Expr} from './ast.ts'
import type {Cursor} from './cursor.ts'
import {parsePrimary} from './parse-primary.ts'

/** Operators by how tightly they bind, from `||`, `*`, `/` down to `|`. */
const BINARY: readonly string[][] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '||']]
const COMPARISONS = ['=', '!=', '<>', '<=', '>=', '<', '>']

/** Reads an expression. */
export function parseExpr(c: Cursor): Expr {
  return c.nested(() => {
    const at = c.at
    let left = conjunction(c)
    while (c.accept('OR')) left = {k: 'binary', op: 'OR', left, right: conjunction(c), at}
    return left
  })
}

function conjunction(c: Cursor): Expr {
  const at = c.at
  let left = negation(c)
  while (c.accept('AND')) left = {k: 'binary', op: 'AND', left, right: negation(c), at}
  return left
}

function negation(c: Cursor): Expr {
  const at = c.at
  if (!c.accept('NOT')) return comparison(c)
  return c.nested(() => ({k: 'unary', op: 'NOT', arg: negation(c), at}))
}

/** Comparisons do not associate: `a = b = c` is an error. */
function comparison(c: Cursor): Expr {
  const at = c.at
  const left = binary(c, 0)
  const {upper, kind} = c.token
  if (kind === 'punct' && COMPARISONS.includes(upper) && !(upper === '>' && isShift(c))) {
    c.next()
    return {k: 'binary', op: upper === '<>' ? '!=' : upper, left, right: binary(c, 0), at}
  }
  if (c.accept('IS')) return isWhat(c, left, at)
  const not = c.sees('NOT') && ['BETWEEN', 'IN', 'LIKE'].includes(c.peek(1).upper)
  if (not) c.next()
  if (c.accept('BETWEEN')) {
    const low = binary(c, 0)
    c.expect('AND')
    return {k: 'between', arg: left, low, high: binary(c, 0), not, at}
  }
  if (c.accept('IN')) return isIn(c, left, not, at)
  if (c.accept('LIKE')) return isLike(c, left, not, at)
  return left
}

function isWhat(c: Cursor, arg: Expr, at: number): Expr {
  const not = c.accept('NOT')
  if (c.accept('DISTINCT', 'FROM')) return {k: 'distinctFrom', left: arg, right: binary(c, 0), not, at}
  for (const what of ['NULL', 'TRUE', 'FALSE'] as const) if (c.accept(what)) return {k: 'is', arg, what, not, at}
  throw c.error(`Unexpected ${c.shown} after IS`)
}

function isIn(c: Cursor, arg: Expr, not: boolean, at: number): Expr {
  if (c.accept('UNNEST')) return {k: 'in', arg, array: c.parenthesized(() => parseExpr(c)), not, at}
  return c.parenthesized((): Expr => {
    if (c.seesQuery) return {k: 'in', arg, query: c.query(), not, at}
    return {k: 'in', arg, list: c.list(() => parseExpr(c)), not, at}
  })
}

function isLike(c: Cursor, arg: Expr, not: boolean, at: number): Expr {
  const quantifier = c.accept('ANY') || c.accept('SOME') ? 'ANY' : c.accept('ALL') ? 'ALL' : undefined
  if (!quantifier) return {k: 'like', arg, patterns: [binary(c, 0)], quantifier, not, at}
  if (c.sees('UNNEST')) throw c.unsupported('LIKE with UNNEST')
  return {k: 'like', arg, patterns: c.parenthesized(() => c.list(() => parseExpr(c))), quantifier, not, at}
}

function binary(c: Cursor, level: number): Expr {
  const at = c.at
  const operand = () => (level === BINARY.length - 1 ? unary(c) : binary(c, level + 1))
  let left = operand()
  for (;;) {
    const op = operator(c, BINARY[level] as string[])
    if (!op) return left
    left = {k: 'binary', op, left, right: operand(), at}
  }
}

function operator(c: Cursor, ops: string[]): string | undefined {
  if (c.token.kind !== 'punct') return undefined
  if (ops.includes('>>') && isShift(c)) {
    c.index += 2
    return '>>'
  }
  return ops.includes(c.token.text) ? c.next().text : undefined
}

/** `>>` is two tokens, since it also ends `ARRAY<STRUCT<…>>`. */
function isShift(c: Cursor): boolean {
  return c.token.text === '>' && c.peek(1).text === '>' && c.peek(1).start === c.token.end
}

function unary(c: Cursor): Expr {
  const at = c.at
  if (c.token.kind !== 'punct' || !/^[-+~]$/.test(c.token.text)) return parsePrimary(c)
  const op = c.next().text
  return c.nested((): Expr => {
    const arg = unary(c)
    if (
      op === '-' &&
      arg.k === 'literal' &&
      (arg.type === 'INT64' || arg.type === 'FLOAT64') &&
      !arg.text.startsWith('-')
    )
      return {...arg, text: `-${arg.text}`, at}
    return op === '+' ? arg : {k: 'unary', op, arg, at}
  })
}
