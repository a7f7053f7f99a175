import type {Call, Expr} from '../syntax/ast.ts'
import {INT64, type ScalarKind, type SqlType} from '../syntax/types.ts'
import {coerce} from '../typing/coercion.ts'
import type {Analyze, Scope} from '../typing/scope.ts'
import {showTypes, type Typed} from '../typing/typed.ts'

/** A date part, such as MONTH, or WEEK with the day it begins on: 0 is Sunday. */
interface Part {
  name: string
  firstDay: number
}

const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY']
const DATE_PARTS = ['DAY', 'WEEK', 'ISOWEEK', 'MONTH', 'QUARTER', 'YEAR', 'ISOYEAR']
const TIME_PARTS = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR']
const MICROS: Record<string, number> = {
  MICROSECOND: 1,
  MILLISECOND: 1e3,
  SECOND: 1e6,
  MINUTE: 6e7,
  HOUR: 3.6e9,
  DAY: 8.64e10,
}
const ADDED = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR']

/** Reads `MONTH` or `WEEK(MONDAY)` where a function wants a date part. */
function readPart(scope: Scope, expr: Expr | undefined): Part {
  if (expr?.k === 'path' && expr.names.length === 1) {
    const name = (expr.names[0] as string).toUpperCase()
    return {name, firstDay: name === 'ISOWEEK' ? 1 : 0}
  }
  const day =
    expr?.k === 'call' && expr.name === 'WEEK' && expr.args[0]?.k === 'path' ? expr.args[0].names[0] : undefined
  const firstDay = DAYS.indexOf(day?.toUpperCase() ?? '')
  if (firstDay < 0) throw scope.error('Expected a date part', expr?.at ?? 0)
  return {name: 'WEEK', firstDay}
}

/** The first moment of the part that a DATE or DATETIME (in DuckDB: TIMESTAMP) lies in. */
function truncate(sql: string, part: Part, kind: 'DATE' | 'TIMESTAMP'): string {
  const date = kind === 'DATE' ? sql : `CAST(${sql} AS DATE)`
  if (TIME_PARTS.includes(part.name)) return `date_trunc('${part.name.toLowerCase()}', ${sql})`
  const byName: Record<string, string> = {
    DAY: date,
    WEEK: `"~fn".week_start(${date}, ${part.firstDay})`,
    ISOWEEK: `"~fn".week_start(${date}, 1)`,
    ISOYEAR: `"~fn".iso_year_start(date_part('isoyear', ${date}))`,
  }
  return `CAST(${byName[part.name] ?? `date_trunc('${part.name.toLowerCase()}', ${date})`} AS ${kind})`
}

/** EXTRACT. */
export function extractPart(scope: Scope, expr: Extract<Expr, {k: 'extract'}>, analyze: Analyze): Typed {
  const part = readPart(scope, expr.part)
  const from = analyze(expr.from, scope)
  const zone = expr.zone ? text(scope, analyze(expr.zone, scope), expr.zone) : "'UTC'"
  const {kind} = from.type
  if (!['DATE', 'TIME', 'DATETIME', 'TIMESTAMP'].includes(kind) || (expr.zone && kind !== 'TIMESTAMP'))
    throw scope.error(
      `EXTRACT does not support ${kind}${expr.zone ? ' with AT TIME ZONE' : ''} (literals need their type: DATE '2024-01-31')`,
      expr.at,
    )
  const sql = kind === 'TIMESTAMP' ? `timezone(${zone}, ${from.sql})` : from.sql
  const whole: Record<string, [string, ScalarKind]> = {
    DATE: [`CAST(${sql} AS DATE)`, 'DATE'],
    TIME: [`CAST(${sql} AS TIME)`, 'TIME'],
    DATETIME: [sql, 'DATETIME'],
  }
  const taken = whole[part.name]
  if (taken && (kind === 'TIMESTAMP' || (kind === 'DATETIME' && part.name !== 'DATETIME')))
    return {sql: `(${taken[0]})`, type: {kind: taken[1]}}
  const fits =
    (kind !== 'TIME' && [...DATE_PARTS, 'DAYOFWEEK', 'DAYOFYEAR'].includes(part.name)) ||
    (kind !== 'DATE' && TIME_PARTS.includes(part.name))
  if (!fits) throw scope.error(`EXTRACT from ${kind} does not support the ${part.name} date part`, expr.at)
  const piece = (name: string) => `date_part('${name}', ${sql})`
  const special: Record<string, string> = {
    DAYOFWEEK: `${piece('dow')} + 1`,
    DAYOFYEAR: piece('doy'),
    WEEK: `"~fn".week_of_year(${sql}, ${part.firstDay})`,
    ISOWEEK: piece('week'),
    MICROSECOND: `${piece('microsecond')} % 1000000`,
    MILLISECOND: `(${piece('microsecond')} % 1000000) // 1000`,
  }
  return {sql: `CAST(${special[part.name] ?? piece(part.name.toLowerCase())} AS BIGINT)`, type: INT64}
}

/** DATE_TRUNC, DATETIME_TRUNC, TIMESTAMP_TRUNC, TIME_TRUNC, LAST_DAY. */
export function truncateCall(scope: Scope, call: Call, kind: ScalarKind, analyze: Analyze): Typed {
  const [of, partExpr, zoneExpr] = call.args
  if (!of || (!partExpr && call.name !== 'LAST_DAY')) throw wrongArguments(scope, call)
  let value = analyze(of, scope)
  // DATE_TRUNC and TIMESTAMP_TRUNC also take the other types.
  const own =
    ['DATE', 'DATETIME', 'TIMESTAMP'].includes(value.type.kind) && call.name !== 'TIME_TRUNC' ? value.type.kind : kind
  value = argument(scope, call, value, {kind: own as ScalarKind})
  const part = partExpr ? readPart(scope, partExpr) : {name: 'MONTH', firstDay: 0}
  const allowed =
    own === 'DATE' || call.name === 'LAST_DAY'
      ? DATE_PARTS
      : own === 'TIME'
        ? TIME_PARTS
        : [...TIME_PARTS, ...DATE_PARTS]
  if (!allowed.includes(part.name))
    throw scope.error(`${call.name} does not support the ${part.name} date part`, call.at)
  if (call.name === 'LAST_DAY') {
    const day =
      own === 'DATE' ? value.sql : `CAST(${own === 'TIMESTAMP' ? `timezone('UTC', ${value.sql})` : value.sql} AS DATE)`
    return {sql: lastDay(truncate(day, part, 'DATE'), part.name), type: {kind: 'DATE'}}
  }
  if (own === 'TIME')
    return {
      sql: `CAST(date_trunc('${part.name.toLowerCase()}', TIMESTAMP '2000-01-01' + to_microseconds(epoch_us(${value.sql}))) AS TIME)`,
      type: value.type,
    }
  if (own !== 'TIMESTAMP') {
    if (zoneExpr) throw wrongArguments(scope, call)
    return {sql: truncate(value.sql, part, own === 'DATE' ? 'DATE' : 'TIMESTAMP'), type: value.type}
  }
  const zone = zoneExpr ? text(scope, analyze(zoneExpr, scope), zoneExpr) : "'UTC'"
  return {sql: `timezone(${zone}, ${truncate(`timezone(${zone}, ${value.sql})`, part, 'TIMESTAMP')})`, type: value.type}
}

/** DATE_DIFF, DATETIME_DIFF, TIMESTAMP_DIFF, TIME_DIFF. */
export function diffCall(scope: Scope, call: Call, kind: ScalarKind, analyze: Analyze): Typed {
  const [later, earlier, partExpr] = call.args
  if (!later || !earlier || !partExpr || call.args.length > 3) throw wrongArguments(scope, call)
  const values = [analyze(later, scope), analyze(earlier, scope)]
  const own = values.every(v => v.type.kind === 'TIMESTAMP')
    ? 'TIMESTAMP'
    : values.every(v => v.type.kind === 'DATETIME')
      ? 'DATETIME'
      : kind
  const [a, b] = values.map(value => argument(scope, call, value, {kind: own}).sql) as [string, string]
  const part = readPart(scope, partExpr)
  const {name} = part
  const unit = MICROS[name]
  if (own === 'TIMESTAMP') {
    if (!unit) throw scope.error(`TIMESTAMP_DIFF does not support the ${name} date part`, call.at)
    return {sql: `((epoch_us(${a}) - epoch_us(${b})) // ${unit})`, type: INT64}
  }
  const allowed = own === 'DATE' ? DATE_PARTS : own === 'TIME' ? TIME_PARTS : [...TIME_PARTS, ...DATE_PARTS]
  if (!allowed.includes(name)) throw scope.error(`${call.name} does not support the ${name} date part`, call.at)
  const starts = (of: string) => truncate(own === 'DATE' ? of : `CAST(${of} AS DATE)`, part, 'DATE')
  if (/WEEK/.test(name)) return {sql: `(date_diff('day', ${starts(b)}, ${starts(a)}) // 7)`, type: INT64}
  if (name === 'ISOYEAR') return {sql: `(date_part('isoyear', ${a}) - date_part('isoyear', ${b}))`, type: INT64}
  return {sql: `date_diff('${name.toLowerCase()}', ${b}, ${a})`, type: INT64}
}

/** DATE_ADD, DATE_SUB and the same of the other types. */
export function addCall(scope: Scope, call: Call, kind: ScalarKind, sign: 1 | -1, analyze: Analyze): Typed {
  const [to, by] = call.args
  if (!to || by?.k !== 'interval' || by.to || call.args.length > 2)
    throw scope.error(`${call.name} takes a ${kind} and INTERVAL n PART`, call.at)
  const first = analyze(to, scope)
  const own =
    kind === 'DATE' && ['DATETIME', 'TIMESTAMP'].includes(first.type.kind) ? (first.type.kind as ScalarKind) : kind
  const value = argument(scope, call, first, {kind: own})
  const amount = coerce(analyze(by.value, scope), INT64)
  if (!amount) throw scope.error('INTERVAL takes an INT64', by.at)
  const allowed =
    own === 'DATE'
      ? ADDED.slice(5)
      : own === 'TIMESTAMP'
        ? ADDED.slice(0, 6)
        : own === 'TIME'
          ? ADDED.slice(0, 5)
          : ADDED
  if (!allowed.includes(by.part)) throw scope.error(`${call.name} does not support the ${by.part} date part`, call.at)
  const sum = `${value.sql} + ${intervalSql(sign < 0 ? `(-${amount.sql})` : amount.sql, by.part)}`
  if (own === 'TIME') return {sql: `(${sum})`, type: value.type}
  return {sql: inRange(own === 'DATE' ? `CAST(${sum} AS DATE)` : sum, own), type: value.type}
}

/** The last day of a part that begins on this one. */
function lastDay(start: string, part: string): string {
  if (part === 'DAY') return start
  if (part === 'WEEK' || part === 'ISOWEEK') return `(${start} + 6)`
  if (part === 'ISOYEAR') return `("~fn".iso_year_start(date_part('isoyear', ${start}) + 1) - 1)`
  return `(CAST(${start} + to_months(${part === 'YEAR' ? 12 : part === 'QUARTER' ? 3 : 1}) AS DATE) - 1)`
}

/** The DATE, DATETIME or TIMESTAMP, which is an error outside of the years 1 to 9999. */
export function inRange(sql: string, kind: ScalarKind): string {
  if (kind === 'DATE') return `bq_date_in_range(${sql})`
  return `${kind === 'DATETIME' ? 'make_timestamp' : 'make_timestamptz'}(bq_micros_in_range(epoch_us(${sql})))`
}

/** An INTERVAL in DuckDB. */
export function intervalSql(amount: string, part: string): string {
  const micros = MICROS[part]
  if (part === 'DAY') return `to_days(CAST(${amount} AS INTEGER))`
  if (micros) return `to_microseconds(${amount} * ${micros})`
  if (part === 'WEEK') return `to_days(CAST(${amount} * 7 AS INTEGER))`
  return `to_months(CAST(${amount} * ${part === 'YEAR' ? 12 : part === 'QUARTER' ? 3 : 1} AS INTEGER))`
}

/** GENERATE_DATE_ARRAY and GENERATE_TIMESTAMP_ARRAY. */
export function generateCall(scope: Scope, call: Call, kind: 'DATE' | 'TIMESTAMP', analyze: Analyze): Typed {
  const [from, to, step] = call.args
  if (!from || !to || (step && step.k !== 'interval') || (!step && kind === 'TIMESTAMP'))
    throw wrongArguments(scope, call)
  const [a, b] = [from, to].map(e => argument(scope, call, analyze(e, scope), {kind}).sql)
  const by =
    step?.k === 'interval'
      ? intervalSql(argument(scope, call, analyze(step.value, scope), INT64).sql, step.part)
      : 'to_days(1)'
  if (step?.k === 'interval' && /^(MONTH|QUARTER|YEAR)$/.test(step.part) && kind === 'DATE') {
    const months = coerce(analyze(step.value, scope), INT64)?.sql
    const each = `(${months} * ${step.part === 'YEAR' ? 12 : step.part === 'QUARTER' ? 3 : 1})`
    return {sql: `"~fn".month_dates(${a}, ${b}, ${each})`, type: {kind: 'ARRAY', element: {kind}}}
  }
  const list = `"~fn".times(${a}, ${b}, ${by})`
  return {sql: kind === 'DATE' ? `CAST(${list} AS DATE[])` : list, type: {kind: 'ARRAY', element: {kind}}}
}

function argument(scope: Scope, call: Call, value: Typed, type: SqlType): Typed {
  const coerced = coerce(value, type)
  if (!coerced)
    throw scope.error(
      `No matching signature for function ${call.name} for argument types: ${showTypes([value])}; it takes ${type.kind}`,
      call.at,
    )
  return coerced
}

function text(scope: Scope, zone: Typed, expr: Expr): string {
  if (zone.type.kind !== 'STRING') throw scope.error('A time zone must be a STRING', expr.at)
  return zone.sql
}

function wrongArguments(scope: Scope, call: Call) {
  return scope.error(`Wrong number or kind of arguments for function ${call.name}`, call.at)
}
