import {unsupportedSql} from '../../model/errors.ts'
import {condition, unify} from '../functions/functions-special.ts'
import {likeTest} from '../functions/like-test.ts'
import {extractPart, intervalSql} from '../functions/time-parts.ts'
import type {Expr} from '../syntax/ast.ts'
import {BOOL, duckSql, INT64, showType} from '../syntax/types.ts'
import {coerce, superType} from '../typing/coercion.ts'
import {array, cast, struct} from '../typing/constructors.ts'
import {literal, typedLiteral} from '../typing/literals.ts'
import {fieldOf, type Scope} from '../typing/scope.ts'
import {nullOf, showTypes, type Typed} from '../typing/typed.ts'
import {call, callOf} from './calls.ts'
import {binaryOperator, compare, unaryOperator} from './operators.ts'
import {analyzeSubquery} from './subqueries.ts'

const NOW = new Set(['CURRENT_DATE', 'CURRENT_DATETIME', 'CURRENT_TIME', 'CURRENT_TIMESTAMP'])

/** Translates an expression and finds its type. Throws 400 for expressions without one, and for unsupported ones. */
export function analyze(expr: Expr, scope: Scope): Typed {
  switch (expr.k) {
    case 'literal':
      return literal(expr, scope)
    case 'typed':
      return typedLiteral(expr, scope)
    case 'interval':
      return interval(expr, scope)
    case 'path':
      return path(expr, scope)
    case 'field':
      return fieldOf(scope, analyze(expr.base, scope), expr.name, expr.at)
    case 'index':
      return element(expr, scope)
    case 'parameter':
      return scope.t.parameter(expr.key)
    case 'unary':
      return unaryOperator(scope, expr.op, analyze(expr.arg, scope), expr.at)
    case 'binary':
      if (expr.op === 'AND' || expr.op === 'OR') return logical(expr.op, expr, scope)
      return binaryOperator(scope, expr.op, analyze(expr.left, scope), analyze(expr.right, scope), expr.at)
    case 'between':
      return between(expr, scope)
    case 'in':
      return isIn(expr, scope)
    case 'like':
      return like(expr, scope)
    case 'is':
      return is(expr, scope)
    case 'distinctFrom':
      return distinctFrom(expr, scope)
    case 'case':
      return caseOf(expr, scope)
    case 'cast':
      return cast(expr, scope, analyze)
    case 'extract':
      return extractPart(scope, expr, analyze)
    case 'array':
      return array(expr, scope, analyze)
    case 'struct':
      return struct(expr, scope, analyze)
    case 'query':
      return analyzeSubquery(expr, scope)
    case 'call':
      return call(expr, scope, analyze)
  }
}

/** A column, or one of the functions of the present that take no parentheses. */
function path(expr: Extract<Expr, {k: 'path'}>, scope: Scope): Typed {
  const name = (expr.names[0] as string).toUpperCase()
  const found = scope.find(expr.names, expr.at)
  if (!found && NOW.has(name) && expr.names.length === 1) return call(callOf(name, expr.at), scope, analyze)
  return found ?? scope.resolve(expr.names, expr.at)
}

function is(expr: Extract<Expr, {k: 'is'}>, scope: Scope): Typed {
  const arg = analyze(expr.arg, scope)
  const sql = expr.what === 'NULL' ? arg.sql : condition(scope, arg, `The argument of IS ${expr.what}`, expr.at)
  return {sql: `(${sql} IS ${expr.not ? 'NOT ' : ''}${expr.what})`, type: BOOL}
}

function distinctFrom(expr: Extract<Expr, {k: 'distinctFrom'}>, scope: Scope): Typed {
  const {sql} = unify(scope, 'IS DISTINCT FROM', [analyze(expr.left, scope), analyze(expr.right, scope)], expr.at)
  return {sql: `(${sql[0]} IS ${expr.not ? 'NOT ' : ''}DISTINCT FROM ${sql[1]})`, type: BOOL}
}

function interval(expr: Extract<Expr, {k: 'interval'}>, scope: Scope): Typed {
  if (expr.to) throw unsupportedSql(`INTERVAL … ${expr.part} TO ${expr.to} (use a sum of INTERVAL n PART)`)
  const value = coerce(analyze(expr.value, scope), INT64)
  if (!value) throw scope.error('INTERVAL takes an INT64 and a date part', expr.at)
  if (
    !['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'].includes(
      expr.part,
    )
  )
    throw scope.error(`INTERVAL does not support the ${expr.part} date part`, expr.at)
  return {sql: intervalSql(value.sql, expr.part), type: {kind: 'INTERVAL'}}
}

/** Long chains of AND and OR stay flat, since DuckDB bounds how deep an expression may be. */
function logical(op: 'AND' | 'OR', expr: Extract<Expr, {k: 'binary'}>, scope: Scope): Typed {
  const terms: Expr[] = []
  let left: Expr = expr
  while (left.k === 'binary' && left.op === op) {
    terms.unshift(left.right)
    left = left.left
  }
  const sql = [left, ...terms].map(term => condition(scope, analyze(term, scope), `An argument of ${op}`, term.at))
  return {sql: `(${sql.join(` ${op} `)})`, type: BOOL}
}

function element(expr: Extract<Expr, {k: 'index'}>, scope: Scope): Typed {
  const base = analyze(expr.base, scope)
  const index = analyze(expr.index, scope)
  if (base.type.kind === 'JSON') {
    if (expr.mode !== 'PLAIN') throw scope.error('An element of JSON takes no OFFSET', expr.at)
    if (index.type.kind === 'STRING') return {sql: `bq_json_field(${base.sql}, ${index.sql})`, type: base.type}
    const at = coerce(index, INT64)
    if (at) return {sql: `bq_json_item(${base.sql}, ${at.sql})`, type: base.type}
  }
  const at = coerce(index, INT64)
  if (base.type.kind !== 'ARRAY' || !at)
    throw scope.error(
      `Element access using [${expr.mode === 'PLAIN' ? 'INT64' : expr.mode}] is not supported on a value of type ${showType(base.type)} with an index of type ${showType(index.type)}`,
      expr.at,
    )
  const zeroBased = expr.mode.endsWith('ORDINAL') ? `(${at.sql} - 1)` : at.sql
  const {element: type} = base.type
  if (expr.mode.startsWith('SAFE')) return {sql: `"~fn".at(${base.sql}, ${zeroBased}, ${nullOf(type)})`, type}
  const error = `CAST(bq_raise('Array index ' || CAST(${at.sql} AS VARCHAR) || ' is out of bounds') AS ${duckSql(type)})`
  return {sql: `"~fn".at(${base.sql}, ${zeroBased}, ${error})`, type}
}

function between(expr: Extract<Expr, {k: 'between'}>, scope: Scope): Typed {
  const [arg, low, high] = [expr.arg, expr.low, expr.high].map(e => analyze(e, scope)) as [Typed, Typed, Typed]
  const sql = `${compare(scope, '>=', arg, low, expr.at).sql} AND ${compare(scope, '<=', arg, high, expr.at).sql}`
  return {sql: expr.not ? `(NOT (${sql}))` : `(${sql})`, type: BOOL}
}

function isIn(expr: Extract<Expr, {k: 'in'}>, scope: Scope): Typed {
  const arg = analyze(expr.arg, scope)
  const not = expr.not ? 'NOT ' : ''
  if (expr.query) return analyzeSubquery({k: 'query', use: 'SCALAR', query: expr.query, at: expr.at}, scope, {arg, not})
  if (expr.array) {
    const list = analyze(expr.array, scope)
    const element = list.type.kind === 'ARRAY' ? list.type.element : undefined
    const wanted = element && superType([arg, {sql: '', type: element}])
    if (!wanted || !element || wanted.kind !== element.kind)
      throw scope.error(
        `No matching signature for operator IN UNNEST for argument types: ${showTypes([arg, list])}`,
        expr.at,
      )
    return {sql: `(${not}"~fn".in_list(${list.sql}, ${coerce(arg, element)?.sql}))`, type: BOOL}
  }
  const items = (expr.list ?? []).map(item => analyze(item, scope))
  const type = superType([arg, ...items])
  if (!type || type.kind === 'STRUCT' || type.kind === 'FLOAT64') {
    const tests = items.map(item => compare(scope, '=', arg, item, expr.at).sql)
    return {sql: `(${not}(${tests.join(' OR ')}))`, type: BOOL}
  }
  if (type.kind === 'ARRAY' || type.kind === 'JSON')
    throw scope.error(`IN is not defined for arguments of type ${type.kind}`, expr.at)
  const all = [arg, ...items].map(value => coerce(value, type)?.sql)
  return {sql: `(${all[0]} ${not}IN (${all.slice(1).join(', ')}))`, type: BOOL}
}

function like(expr: Extract<Expr, {k: 'like'}>, scope: Scope): Typed {
  const arg = analyze(expr.arg, scope)
  const tests = expr.patterns.map(e => {
    const pattern = analyze(e, scope)
    const [a, p] = [arg, pattern].map(value => coerce(value, {kind: 'STRING'})?.sql)
    if (a === undefined || p === undefined)
      throw scope.error(
        `No matching signature for operator LIKE for argument types: ${showTypes([arg, pattern])}`,
        expr.at,
      )
    return likeTest(a, p, e)
  })
  const sql = tests.join(expr.quantifier === 'ALL' ? ' AND ' : ' OR ')
  return {sql: expr.not ? `(NOT (${sql}))` : `(${sql})`, type: BOOL}
}

function caseOf(expr: Extract<Expr, {k: 'case'}>, scope: Scope): Typed {
  const subject = expr.subject && analyze(expr.subject, scope)
  const conditions = expr.whens.map(({when}) => {
    const value = analyze(when, scope)
    return subject
      ? compare(scope, '=', subject, value, when.at).sql
      : condition(scope, value, 'The condition of CASE WHEN', when.at)
  })
  const results = [...expr.whens.map(({then}) => then), ...(expr.otherwise ? [expr.otherwise] : [])]
  const {type, sql} = unify(
    scope,
    'CASE',
    results.map(e => analyze(e, scope)),
    expr.at,
  )
  const whens = conditions.map((test, i) => `WHEN ${test} THEN ${sql[i]}`)
  return {sql: `CASE ${whens.join(' ')}${expr.otherwise ? ` ELSE ${sql.at(-1)}` : ''} END`, type}
}
