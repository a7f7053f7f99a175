import {unsupportedSql} from '../../model/errors.ts'
import {aggregateCall} from '../functions/functions-aggregate.ts'
import {SCALAR_FUNCTIONS} from '../functions/functions-scalar.ts'
import {condition, literalTime, SPECIAL_FUNCTIONS, unify} from '../functions/functions-special.ts'
import {TIME_FUNCTIONS} from '../functions/functions-time-table.ts'
import {likeTest} from '../functions/like-test.ts'
import {applySignature} from '../functions/signatures.ts'
import {extractPart, intervalSql} from '../functions/time-parts.ts'
import type {Call, Expr} from '../syntax/ast.ts'
import {BOOL, duckSql, INT64, showType} from '../syntax/types.ts'
import {coerce, superType} from '../typing/coercion.ts'
import {array, cast, struct} from '../typing/constructors.ts'
import {literal, typedLiteral} from '../typing/literals.ts'
import {fieldOf, type Scope} from '../typing/scope.ts'
import {nullOf, showTypes, type Typed} from '../typing/typed.ts'
import {binaryOperator, compare, unaryOperator} from './operators.ts'
import {analyzeSubquery} from './subqueries.ts'

const OF_DOUBLES = new Set(['SQRT', 'CBRT', 'POW', 'POWER', 'EXP', 'LN', 'LOG', 'LOG10'])
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
    case 'path': {
      const name = (expr.names[0] as string).toUpperCase()
      const found = scope.find(expr.names, expr.at)
      if (!found && NOW.has(name) && expr.names.length === 1) return call({...emptyCall, name, at: expr.at}, scope)
      return found ?? scope.resolve(expr.names, expr.at)
    }
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
    case 'is': {
      const arg = analyze(expr.arg, scope)
      const sql = expr.what === 'NULL' ? arg.sql : condition(scope, arg, `The argument of IS ${expr.what}`, expr.at)
      return {sql: `(${sql} IS ${expr.not ? 'NOT ' : ''}${expr.what})`, type: BOOL}
    }
    case 'distinctFrom': {
      const {sql} = unify(scope, 'IS DISTINCT FROM', [analyze(expr.left, scope), analyze(expr.right, scope)], expr.at)
      return {sql: `(${sql[0]} IS ${expr.not ? 'NOT ' : ''}DISTINCT FROM ${sql[1]})`, type: BOOL}
    }
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
      return call(expr, scope)
  }
}

const emptyCall: Omit<Call, 'name' | 'at'> = {
  k: 'call',
  safe: false,
  args: [],
  star: false,
  named: [],
  distinct: false,
  nulls: undefined,
  orderBy: [],
  limit: undefined,
  over: undefined,
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

function call(expr: Call, scope: Scope): Typed {
  const {name} = expr
  const aggregate = aggregateCall(scope, expr, analyze)
  if (aggregate) return aggregate
  if (expr.over && isKnown(name)) throw scope.error(`Function ${name} does not support an OVER clause`, expr.at)
  if (!isKnown(name)) throw unsupportedSql(`the function ${name} (docs/local-cloud.md lists those that are)`)
  if (expr.distinct || expr.star || expr.nulls || expr.orderBy.length > 0 || expr.limit)
    throw scope.error(`Function ${name} takes no DISTINCT, *, ORDER BY, LIMIT or NULLS`, expr.at)
  const typed = literalTime(scope, expr, analyze) ?? plainCall(expr, scope)
  return expr.safe ? {sql: `TRY(${typed.sql})`, type: typed.type} : typed
}

function plainCall(expr: Call, scope: Scope): Typed {
  const {name} = expr
  const special = specialNamed(name)
  if (special) return special(scope, expr, analyze)
  const signatures = signaturesOf(name)
  if (expr.named.length > 0) throw unsupportedSql(`a named argument of ${name}`)
  const args = expr.args.map(arg => analyze(arg, scope))
  // These are NUMERIC in production for a NUMERIC, with digits that a double cannot hold.
  if (OF_DOUBLES.has(name) && args.some(arg => /NUMERIC$/.test(arg.type.kind)))
    throw unsupportedSql(`${name} of ${showTypes(args)} (CAST it to FLOAT64)`)
  const typed = applySignature(signatures, args)
  // The tables lack some of production's signatures: whether they have any for this name tells a mistake of the user from a gap here.
  if (!typed) {
    const known = signatures.map(({text}) => name + text).join(', ')
    const given = `No matching signature for function ${name} for argument types: ${showTypes(args)}`
    throw scope.error(`${given}; the local emulator knows ${known}`, expr.at)
  }
  return typed
}

function isKnown(name: string): boolean {
  return specialNamed(name) !== undefined || signaturesOf(name).length > 0
}

function specialNamed(name: string) {
  return Object.hasOwn(SPECIAL_FUNCTIONS, name) ? SPECIAL_FUNCTIONS[name] : undefined
}

function signaturesOf(name: string) {
  return [...(TIME_FUNCTIONS.get(name) ?? []), ...(SCALAR_FUNCTIONS.get(name) ?? [])]
}
