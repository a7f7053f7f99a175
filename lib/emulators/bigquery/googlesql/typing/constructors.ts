import type {Expr} from '../syntax/ast.ts'
import {INT64, type SqlType, showType} from '../syntax/types.ts'
import {castTo} from './cast.ts'
import {arraySql, coerce, structSql, superType} from './coercion.ts'
import type {Analyze, Scope} from './scope.ts'
import {showTypes, type Typed} from './typed.ts'

/** CAST and SAFE_CAST. */
export function cast(expr: Extract<Expr, {k: 'cast'}>, scope: Scope, analyze: Analyze): Typed {
  const arg = analyze(expr.arg, scope)
  const zone = expr.zone && analyze(expr.zone, scope)
  const typed = castTo(arg, expr.type, zone?.sql)
  if (!typed) {
    const hint =
      expr.type.kind === 'JSON'
        ? ' (use PARSE_JSON or TO_JSON)'
        : arg.type.kind === 'JSON'
          ? ' (use JSON_VALUE, STRING, INT64, … )'
          : ''
    throw scope.error(`Invalid cast from ${showType(arg.type)} to ${showType(expr.type)}${hint}`, expr.at)
  }
  return {sql: expr.safe ? `TRY(${typed.sql})` : typed.sql, type: expr.type}
}

/** `[…]`, `ARRAY<T>[…]`. */
export function array(expr: Extract<Expr, {k: 'array'}>, scope: Scope, analyze: Analyze): Typed {
  const items = expr.items.map(item => analyze(item, scope))
  const found = expr.element ?? superType(items)
  const type: SqlType | undefined = found?.kind === 'NULL' ? INT64 : found
  const parts = items.map(item => type && coerce(item, type))
  if (!type || parts.some(part => !part))
    throw scope.error(`Array elements of types {${showTypes(items)}} do not have a common supertype`, expr.at)
  if (type.kind === 'ARRAY')
    throw scope.error('Cannot construct array with element type ARRAY because nested arrays are not supported', expr.at)
  const typed: Typed = {sql: arraySql(parts as Typed[], type), type: {kind: 'ARRAY', element: type}}
  return expr.element ? typed : {...typed, literal: 'LITERAL', parts: items}
}

/** `STRUCT(…)`, `STRUCT<…>(…)`, `(a, b)`. */
export function struct(expr: Extract<Expr, {k: 'struct'}>, scope: Scope, analyze: Analyze): Typed {
  const values = expr.fields.map(field => analyze(field.value, scope))
  const own = {
    kind: 'STRUCT',
    fields: values.map((value, i) => ({name: expr.fields[i]?.name ?? '', type: value.type})),
  } as const
  const typed: Typed = {sql: structSql(values, own), type: own, parts: values}
  if (!expr.type) return typed
  const coerced = coerce(typed, expr.type)
  if (!coerced) throw scope.error(`STRUCT of ${showTypes(values)} cannot be coerced to ${showType(expr.type)}`, expr.at)
  return coerced
}
