import {condition} from '../functions/functions-special.ts'
import {inRange} from '../functions/time-parts.ts'
import {BOOL, fieldName, INT64, quoteText, type SqlType, showType} from '../syntax/types.ts'
import {coerce, superType} from '../typing/coercion.ts'
import type {Scope} from '../typing/scope.ts'
import {showTypes, type Typed} from '../typing/typed.ts'

/** The value of `left op right`. */
export function binaryOperator(scope: Scope, op: string, left: Typed, right: Typed, at: number): Typed {
  if (op === '=' || op === '!=' || /^[<>]=?$/.test(op)) return compare(scope, op, left, right, at)
  if (op === '||') return concatenate(scope, left, right, at)
  if (['&', '|', '^', '<<', '>>'].includes(op)) return bitwise(scope, op, left, right, at)
  const time = op === '+' || op === '-' ? timeArithmetic(op, left, right) : undefined
  if (time) return time
  const numeric = ['INT64', 'NUMERIC', 'BIGNUMERIC', 'FLOAT64']
  let type = superType([left, right])
  if (type?.kind === 'NULL') type = INT64
  if (!type || !numeric.includes(type.kind)) throw noOperator(scope, op, [left, right], at)
  if (op === '/' && type.kind === 'INT64') type = {kind: 'FLOAT64'}
  const [a, b] = [left, right].map(value => coerce(value, type) as Typed) as [Typed, Typed]
  return type.kind === 'FLOAT64' ? floatArithmetic(op, a, b) : {sql: arithmetic(op, a.sql, b.sql, type), type}
}

/** The result is checked once for all operators of an expression: it is infinite only if an input was. */
function floatArithmetic(op: string, a: Typed, b: Typed): Typed {
  const divisor = b.literal === 'LITERAL' && Number(b.text) !== 0 ? b.sql : `bq_divisor(${b.sql})`
  const unchecked = `(${a.unchecked ?? a.sql} ${op} ${op === '/' ? divisor : (b.unchecked ?? b.sql)})`
  const inputs = [
    ...new Set([
      ...(a.inputs ?? (a.literal === 'LITERAL' ? [] : [a.sql])),
      ...(b.inputs ?? (b.literal === 'LITERAL' ? [] : [b.sql])),
    ]),
  ]
  return {
    sql: `bq_finite(${unchecked}, ${inputs.length > 0 ? inputs.map(input => `${input} * 0.0`).join(' + ') : '0.0'})`,
    type: {kind: 'FLOAT64'},
    unchecked,
    inputs,
  }
}

function arithmetic(op: string, a: string, b: string, type: SqlType): string {
  const decimal = type.kind === 'NUMERIC' || type.kind === 'BIGNUMERIC'
  if (decimal && op === '*') return `bq_mul_${type.kind}(${a}, ${b})`
  if (decimal && op === '/') return `bq_div_${type.kind}(${a}, ${b})`
  if (decimal) return `CAST(${a} ${op} ${b} AS DECIMAL(38,${type.kind === 'NUMERIC' ? 9 : 18}))`
  return `(${a} ${op} ${b})`
}

/** DATE + 1, DATE + INTERVAL, DATE - DATE and the like; `undefined` when none of the values is a time. */
function timeArithmetic(op: '+' | '-', left: Typed, right: Typed): Typed | undefined {
  const [l, r] = [left.type.kind, right.type.kind]
  const time = (kind: string) => kind === 'DATE' || kind === 'DATETIME' || kind === 'TIMESTAMP'
  if (l === 'DATE' && r === 'INT64') return dateSum(op, left, right)
  if (l === 'INT64' && r === 'DATE' && op === '+') return dateSum(op, right, left)
  if (l === 'INTERVAL' && r === 'INTERVAL') return {sql: `(${left.sql} ${op} ${right.sql})`, type: left.type}
  if (time(l) && r === 'INTERVAL') return withInterval(op, left, right)
  if (time(r) && l === 'INTERVAL' && op === '+') return withInterval(op, right, left)
  if (op === '-' && l === 'DATE' && r === 'DATE')
    return {sql: `to_days(CAST(${left.sql} - ${right.sql} AS INTEGER))`, type: {kind: 'INTERVAL'}}
  if (op === '-' && l === r && (l === 'DATETIME' || l === 'TIMESTAMP'))
    return {sql: `to_microseconds(epoch_us(${left.sql}) - epoch_us(${right.sql}))`, type: {kind: 'INTERVAL'}}
  return undefined
}

function dateSum(op: string, date: Typed, days: Typed): Typed {
  return {sql: inRange(`${date.sql} ${op} CAST(${days.sql} AS INTEGER)`, 'DATE'), type: date.type}
}

function withInterval(op: string, time: Typed, interval: Typed): Typed {
  if (time.type.kind === 'TIMESTAMP')
    return {
      sql: inRange(`"~fn".instant_plus(${time.sql}, ${op === '-' ? `-(${interval.sql})` : interval.sql})`, 'TIMESTAMP'),
      type: time.type,
    }
  const datetime = time.type.kind === 'DATE' ? `CAST(${time.sql} AS TIMESTAMP)` : time.sql
  return {sql: inRange(`${datetime} ${op} ${interval.sql}`, 'DATETIME'), type: {kind: 'DATETIME'}}
}

function concatenate(scope: Scope, left: Typed, right: Typed, at: number): Typed {
  const kinds = [left, right].map(value => value.type.kind)
  const type = superType([left, right])
  if (type?.kind === 'ARRAY')
    return {sql: `"~fn".joined([${coerce(left, type)?.sql}, ${coerce(right, type)?.sql}])`, type}
  const to: SqlType | undefined =
    type?.kind === 'NULL' ? {kind: 'STRING'} : type?.kind === 'STRING' || type?.kind === 'BYTES' ? type : undefined
  if (!to || kinds.includes('JSON')) throw noOperator(scope, '||', [left, right], at)
  const uncapped = `(${left.unchecked ?? coerce(left, to)?.sql} || ${right.unchecked ?? coerce(right, to)?.sql})`
  return {sql: to.kind === 'STRING' ? `bq_cap(${uncapped})` : uncapped, type: to, unchecked: uncapped}
}

function bitwise(scope: Scope, op: string, left: Typed, right: Typed, at: number): Typed {
  const [a, b] = [left, right].map(value => coerce(value, INT64)?.sql)
  if (a === undefined || b === undefined) throw noOperator(scope, op, [left, right], at)
  if (op === '^') return {sql: `xor(${a}, ${b})`, type: INT64}
  if (op === '&' || op === '|') return {sql: `(${a} ${op} ${b})`, type: INT64}
  return {sql: `bq_shift(${a}, ${b}, ${op === '<<'})`, type: INT64}
}

/** A comparison: of one type on both sides, and with NaN unequal to all. */
export function compare(scope: Scope, op: string, left: Typed, right: Typed, at: number): Typed {
  const type = superType([left, right])
  const equality = op === '=' || op === '!='
  if (
    !type ||
    type.kind === 'ARRAY' ||
    type.kind === 'JSON' ||
    type.kind === 'GEOGRAPHY' ||
    type.kind === 'INTERVAL' ||
    (type.kind === 'STRUCT' && !equality)
  )
    throw noOperator(scope, op, [left, right], at)
  const [a, b] = [left, right].map(value => coerce(value, type) as Typed) as [Typed, Typed]
  if (type.kind === 'STRUCT') {
    const sql = type.fields.map((field, i) => {
      const part = (of: Typed): Typed =>
        of.parts?.[i] ?? {sql: `struct_extract(${of.sql}, ${quoteText(fieldName(field, i))})`, type: field.type}
      return compare(scope, '=', part(a), part(b), at).sql
    })
    return {sql: op === '=' ? `(${sql.join(' AND ')})` : `(NOT (${sql.join(' AND ')}))`, type: BOOL}
  }
  if (type.kind !== 'FLOAT64') return {sql: `(${a.sql} ${op} ${b.sql})`, type: BOOL}
  // A literal is never NaN, and NaN is above all others for DuckDB.
  const aNumber = a.literal === 'LITERAL' || left.literal === 'LITERAL'
  const bNumber = b.literal === 'LITERAL' || right.literal === 'LITERAL'
  if (
    (aNumber && bNumber) ||
    (op === '=' && (aNumber || bNumber)) ||
    (/^</.test(op) && bNumber) ||
    (/^>/.test(op) && aNumber)
  )
    return {sql: `(${a.sql} ${op} ${b.sql})`, type: BOOL}
  const nan = [!aNumber && `NOT isnan(${a.sql})`, !bNumber && `NOT isnan(${b.sql})`].filter(Boolean).join(' AND ')
  return {
    sql: op === '!=' ? `(${a.sql} != ${b.sql} OR NOT (${nan}))` : `(${a.sql} ${op} ${b.sql} AND ${nan})`,
    type: BOOL,
  }
}

export function unaryOperator(scope: Scope, op: string, arg: Typed, at: number): Typed {
  if (op === 'NOT') return {sql: `(NOT ${condition(scope, arg, 'The argument of NOT', at)})`, type: BOOL}
  if (op === '~') {
    const value = coerce(arg, INT64)
    if (!value) throw noOperator(scope, op, [arg], at)
    return {sql: `(~${value.sql})`, type: INT64}
  }
  if (!['INT64', 'NUMERIC', 'BIGNUMERIC', 'FLOAT64', 'INTERVAL', 'NULL'].includes(arg.type.kind))
    throw noOperator(scope, op, [arg], at)
  return {sql: `(-${arg.sql})`, type: arg.type}
}

function noOperator(scope: Scope, op: string, args: readonly Typed[], at: number) {
  const shown = args.length > 1 ? showTypes(args) : showType((args[0] as Typed).type)
  return scope.error(`No matching signature for operator ${op} for argument types: ${shown}`, at)
}
