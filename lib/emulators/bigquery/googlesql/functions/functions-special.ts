import type {Call, Expr} from '../syntax/ast.ts'
import {BOOL, type ScalarKind, type SqlType, showType} from '../syntax/types.ts'
import {castTo, textOf} from '../typing/cast.ts'
import {coerce, superType} from '../typing/coercion.ts'
import type {Analyze, Scope} from '../typing/scope.ts'
import {showTypes, type Typed} from '../typing/typed.ts'
import {formatCall} from './format-call.ts'
import {jsonText} from './json-text.ts'
import {addCall, diffCall, generateCall, truncateCall} from './time-parts.ts'

type Special = (scope: Scope, call: Call, analyze: Analyze) => Typed

/** Brings values to one type. */
export function unify(
  scope: Scope,
  what: string,
  values: readonly Typed[],
  at: number,
): {type: SqlType; sql: string[]} {
  const type = superType(values)
  if (!type) throw scope.error(`No matching signature for ${what} for argument types: ${showTypes(values)}`, at)
  return {type, sql: values.map(value => (coerce(value, type) as Typed).sql)}
}

/** The value as a BOOL. */
export function condition(scope: Scope, value: Typed, what: string, at: number): string {
  const bool = coerce(value, BOOL)
  if (!bool) throw scope.error(`${what} should be of type BOOL, but is ${showType(value.type)}`, at)
  return bool.sql
}

function values(scope: Scope, call: Call, analyze: Analyze, min: number, max = min): Typed[] {
  if (call.args.length < min || call.args.length > max)
    throw scope.error(`Wrong number of arguments for function ${call.name}: ${call.args.length}`, call.at)
  return call.args.map(arg => analyze(arg, scope))
}

const iff: Special = (scope, call, analyze) => {
  const [when, ...rest] = values(scope, call, analyze, 3) as [Typed, Typed, Typed]
  const {type, sql} = unify(scope, 'function IF', rest, call.at)
  return {
    sql: `CASE WHEN ${condition(scope, when, 'The condition of IF', call.at)} THEN ${sql[0]} ELSE ${sql[1]} END`,
    type,
  }
}

const coalesce: Special = (scope, call, analyze) => {
  const {type, sql} = unify(scope, `function ${call.name}`, values(scope, call, analyze, 1, 100), call.at)
  return {sql: `coalesce(${sql.join(', ')})`, type}
}

const ifnull: Special = (scope, call, analyze) => {
  values(scope, call, analyze, 2)
  return coalesce(scope, call, analyze)
}

const nullif: Special = (scope, call, analyze) => {
  const {type, sql} = unify(scope, 'function NULLIF', values(scope, call, analyze, 2), call.at)
  return {sql: `nullif(${sql.join(', ')})`, type}
}

const nullIfZero: Special = (scope, call, analyze) => {
  const [value] = values(scope, call, analyze, 1) as [Typed]
  const {type, sql} = unify(
    scope,
    call.name,
    [value, {sql: '0', type: {kind: 'INT64'}, literal: 'LITERAL', text: '0'}],
    call.at,
  )
  return {sql: call.name === 'NULLIFZERO' ? `nullif(${sql.join(', ')})` : `coalesce(${sql.join(', ')})`, type}
}

const toJson: Special = (scope, call, analyze) => {
  const [value] = values(scope, call, analyze, 1) as [Typed]
  if (call.named.length > 0)
    throw scope.error(`local emulator: named arguments of ${call.name} are not supported`, call.at)
  const sql = jsonText(value, scope)
  return call.name === 'TO_JSON' ? {sql: `CAST(${sql} AS JSON)`, type: {kind: 'JSON'}} : {sql, type: {kind: 'STRING'}}
}

const error: Special = (scope, call, analyze) => {
  const [value] = values(scope, call, analyze, 1) as [Typed]
  return {sql: `bq_raise(${textOf(value) ?? "''"})`, type: {kind: 'NULL'}}
}

const now =
  (kind: ScalarKind): Special =>
  (scope, call, analyze) => {
    const [zone] = values(scope, call, analyze, 0, kind === 'TIMESTAMP' ? 0 : 1)
    const instant: Typed = {sql: `make_timestamptz(${scope.t.now})`, type: {kind: 'TIMESTAMP'}}
    return castTo(instant, {kind}, zone?.sql) as Typed
  }

/** DATE(…), DATETIME(…), TIME(…) of a literal's text. */
export function literalTime(scope: Scope, call: Call, analyze: Analyze): Typed | undefined {
  if (!['DATE', 'DATETIME', 'TIME'].includes(call.name) || call.args.length !== 1) return undefined
  const value = analyze(call.args[0] as Expr, scope)
  if (value.type.kind !== 'STRING' || !value.literal) return undefined
  const kind = call.name as ScalarKind
  const direct = coerce(value, {kind})
  if (direct) return {sql: direct.sql, type: direct.type}
  const datetime = coerce(value, {kind: 'DATETIME'})
  return datetime && castTo(datetime, {kind})
}

const unnest: Special = (scope, call, analyze) => {
  const [value] = values(scope, call, analyze, 1) as [Typed]
  if (value.type.kind !== 'ARRAY') throw scope.error(`UNNEST takes an ARRAY, not ${showType(value.type)}`, call.at)
  return {sql: `unnest(${value.sql})`, type: value.type.element}
}

const arrayIncludes: Special = (scope, call, analyze) => {
  const [list, item] = values(scope, call, analyze, 2) as [Typed, Typed]
  const wanted = list.type.kind === 'ARRAY' ? coerce(item, list.type.element) : undefined
  if (!wanted)
    throw scope.error(
      `No matching signature for function ARRAY_INCLUDES for argument types: ${showTypes([list, item])}`,
      call.at,
    )
  return {sql: `list_contains(${list.sql}, ${wanted.sql})`, type: BOOL}
}

const arrayToString: Special = (scope, call, analyze) => {
  const [list, ...rest] = values(scope, call, analyze, 2, 3) as [Typed, Typed, Typed?]
  const element = list.type.kind === 'ARRAY' ? textOf({sql: 'e', type: list.type.element}) : undefined
  if (!element || rest.some(r => r && r.type.kind !== 'STRING'))
    throw scope.error(
      `No matching signature for function ARRAY_TO_STRING for argument types: ${showTypes([list, ...(rest as Typed[])])}`,
      call.at,
    )
  const texts = `list_transform(${list.sql}, lambda e: ${element})`
  const [separator, whenNull] = rest
  const sql = whenNull
    ? `array_to_string(list_transform(${texts}, lambda e: coalesce(e, ${whenNull.sql})), ${separator?.sql})`
    : `array_to_string(list_filter(${texts}, lambda e: e IS NOT NULL), ${separator?.sql})`
  return {sql, type: {kind: 'STRING'}}
}

/** Functions whose arguments are no plain expressions, or whose types depend on each other. */
export const SPECIAL_FUNCTIONS: Record<string, Special> = {
  IF: iff,
  COALESCE: coalesce,
  IFNULL: ifnull,
  NULLIF: nullif,
  NULLIFZERO: nullIfZero,
  ZEROIFNULL: nullIfZero,
  TO_JSON: toJson,
  TO_JSON_STRING: toJson,
  ERROR: error,
  FORMAT: formatCall,
  UNNEST: unnest,
  ARRAY_INCLUDES: arrayIncludes,
  ARRAY_TO_STRING: arrayToString,
  CURRENT_DATE: now('DATE'),
  CURRENT_DATETIME: now('DATETIME'),
  CURRENT_TIME: now('TIME'),
  CURRENT_TIMESTAMP: now('TIMESTAMP'),
  LAST_DAY: (scope, call, analyze) => truncateCall(scope, call, 'DATE', analyze),
  GENERATE_DATE_ARRAY: (scope, call, analyze) => generateCall(scope, call, 'DATE', analyze),
  GENERATE_TIMESTAMP_ARRAY: (scope, call, analyze) => generateCall(scope, call, 'TIMESTAMP', analyze),
  ...Object.fromEntries(
    (['DATE', 'DATETIME', 'TIMESTAMP', 'TIME'] as const).flatMap((kind): [string, Special][] => [
      [`${kind}_TRUNC`, (scope, call, analyze) => truncateCall(scope, call, kind, analyze)],
      [`${kind}_DIFF`, (scope, call, analyze) => diffCall(scope, call, kind, analyze)],
      [`${kind}_ADD`, (scope, call, analyze) => addCall(scope, call, kind, 1, analyze)],
      [`${kind}_SUB`, (scope, call, analyze) => addCall(scope, call, kind, -1, analyze)],
    ]),
  ),
}
