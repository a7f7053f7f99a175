import {unsupportedSql} from '../../model/errors.ts'
import type {Call} from '../syntax/ast.ts'
import {textOf} from '../typing/cast.ts'
import {coerce} from '../typing/coercion.ts'
import {orderSql, windowSql} from '../typing/ordering.ts'
import type {Analyze, Scope} from '../typing/scope.ts'
import {showTypes, type Typed} from '../typing/typed.ts'
import {applySignature, readSignatures} from './signatures.ts'

/** `<f(…)>` marks a call of one of DuckDB's aggregates, to which DISTINCT, ORDER BY, FILTER and OVER are added. */
const AGGREGATES = readSignatures(`
COUNT(ANY) INT64 = <count($1)>
COUNTIF(BOOL) INT64 = <count(CASE WHEN $1 THEN 1 END)>
SUM(INT64) INT64 = CAST(<sum($1)> AS BIGINT)
SUM(FLOAT64) FLOAT64 = <sum($1)>
SUM(NUMERIC) NUMERIC = CAST(<sum($1)> AS DECIMAL(38,9))
SUM(BIGNUMERIC) BIGNUMERIC = CAST(<sum($1)> AS DECIMAL(38,18))
AVG(INT64) FLOAT64 = <avg($1)>
AVG(FLOAT64) FLOAT64 = <avg($1)>
AVG(NUMERIC) NUMERIC = bq_div_NUMERIC(CAST(<sum($1)> AS DECIMAL(38,9)), CAST(nullif(<count($1)>, 0) AS DECIMAL(38,9)))
AVG(BIGNUMERIC) BIGNUMERIC = bq_div_BIGNUMERIC(CAST(<sum($1)> AS DECIMAL(38,18)), CAST(nullif(<count($1)>, 0) AS DECIMAL(38,18)))
MIN(FLOAT64) FLOAT64 = CASE WHEN <bool_or(isnan($1))> THEN CAST('NaN' AS DOUBLE) ELSE <min($1)> END
MIN(T) T = <min($1)>
MAX(T) T = <max($1)>
ANY_VALUE(T) T = <any_value($1)>
ARRAY_AGG(T) ARRAY<T> = <list($1)>
ARRAY_CONCAT_AGG(ARRAY<T>) ARRAY<T> = flatten(<list($1)>)
LOGICAL_AND(BOOL) BOOL = <bool_and($1)>
LOGICAL_OR(BOOL) BOOL = <bool_or($1)>
BIT_AND(INT64) INT64 = <bit_and($1)>
BIT_OR(INT64) INT64 = <bit_or($1)>
BIT_XOR(INT64) INT64 = <bit_xor($1)>
STDDEV|STDDEV_SAMP(FLOAT64) FLOAT64 = <stddev_samp($1)>
STDDEV_POP(FLOAT64) FLOAT64 = <stddev_pop($1)>
VARIANCE|VAR_SAMP(FLOAT64) FLOAT64 = <var_samp($1)>
VAR_POP(FLOAT64) FLOAT64 = <var_pop($1)>
CORR(FLOAT64, FLOAT64) FLOAT64 = <corr($1, $2)>
COVAR_POP(FLOAT64, FLOAT64) FLOAT64 = <covar_pop($1, $2)>
COVAR_SAMP(FLOAT64, FLOAT64) FLOAT64 = <covar_samp($1, $2)>
APPROX_COUNT_DISTINCT(ANY) INT64 = <count(DISTINCT $1)>
MAX_BY(T, ANY) T = <arg_max($1, $2)>
MIN_BY(T, ANY) T = <arg_min($1, $2)>
`)

/** Functions that only a window has; `<f(…)>` as above. */
const ANALYTIC = readSignatures(`
ROW_NUMBER() INT64 = <row_number()>
RANK() INT64 = <rank()>
DENSE_RANK() INT64 = <dense_rank()>
PERCENT_RANK() FLOAT64 = <percent_rank()>
CUME_DIST() FLOAT64 = <cume_dist()>
NTILE(INT64) INT64 = <ntile($1)>
LAG(T) T = <lag($1)>
LAG(T, INT64) T = <lag($1, $2)>
LAG(T, INT64, T) T = <lag($1, $2, $3)>
LEAD(T) T = <lead($1)>
LEAD(T, INT64) T = <lead($1, $2)>
LEAD(T, INT64, T) T = <lead($1, $2, $3)>
FIRST_VALUE(T) T = <first_value($1)>
LAST_VALUE(T) T = <last_value($1)>
NTH_VALUE(T, INT64) T = <nth_value($1, $2)>
PERCENTILE_CONT(FLOAT64, FLOAT64) FLOAT64 = <quantile_cont($1, $2)>
`)

const ORDERED = new Set(['ARRAY_AGG', 'STRING_AGG', 'ARRAY_CONCAT_AGG'])
const NULLS = new Set(['ARRAY_AGG', 'FIRST_VALUE', 'LAST_VALUE', 'NTH_VALUE', 'PERCENTILE_CONT', 'ANY_VALUE'])
const NOT_ORDERED_TYPES = new Set(['ARRAY', 'STRUCT', 'JSON', 'GEOGRAPHY', 'INTERVAL'])

/** A call of an aggregate or analytic function; `undefined` for other functions. */
export function aggregateCall(scope: Scope, call: Call, analyze: Analyze): Typed | undefined {
  const {name} = call
  const known = AGGREGATES.has(name) || name === 'STRING_AGG' || name === 'APPROX_QUANTILES'
  const analytic = ANALYTIC.get(name)
  if (!known && !analytic) return undefined
  if (analytic && !call.over)
    throw scope.error(`Analytic function ${name} cannot be called without an OVER clause`, call.at)
  if (call.orderBy.length + (call.limit ? 1 : 0) > 0 && (!ORDERED.has(name) || call.over))
    throw scope.error(`ORDER BY and LIMIT are not allowed in ${name}${call.over ? ' with OVER' : ''}`, call.at)
  if (call.nulls && !NULLS.has(name)) throw unsupportedSql(`${call.nulls} NULLS in ${name}`)
  if (call.safe) throw unsupportedSql(`SAFE.${name}`)
  if (call.star) {
    if (name !== 'COUNT' || call.distinct)
      throw scope.error(`Argument * can only be used in COUNT(*), not in ${name}`, call.at)
    return {sql: `(${plain('count', '*', scope, call, analyze)})`, type: {kind: 'INT64'}}
  }
  const args = call.args.map(arg => analyze(arg, scope))
  if (name === 'PERCENTILE_CONT' && /NUMERIC$/.test(args[0]?.type.kind ?? ''))
    throw unsupportedSql(`${name} of NUMERIC (CAST it to FLOAT64)`)
  if (name === 'STRING_AGG') return stringAgg(scope, call, args, analyze)
  if (name === 'APPROX_QUANTILES') return quantiles(scope, call, args, analyze)
  if (/^(MIN|MAX)$/.test(name) && NOT_ORDERED_TYPES.has(args[0]?.type.kind ?? ''))
    throw scope.error(`${name} is not defined for arguments of type ${args[0]?.type.kind}`, call.at)
  if (call.distinct && ['ARRAY', 'STRUCT', 'JSON'].includes(args[0]?.type.kind ?? ''))
    throw scope.error(
      `Aggregate functions with DISTINCT cannot be used with arguments of type ${args[0]?.type.kind}`,
      call.at,
    )
  const value = args[0]
  const skipsNull = (name === 'ARRAY_AGG' && call.nulls === 'IGNORE') || name === 'ARRAY_CONCAT_AGG'
  const filter = skipsNull && value ? ` FILTER (WHERE ${value.sql} IS NOT NULL)` : ''
  const typed = applySignature(AGGREGATES.get(name) ?? analytic ?? [], args, (fn, inner) =>
    plain(fn, inner, scope, call, analyze, filter),
  )
  if (!typed)
    throw scope.error(
      `No matching signature for aggregate function ${name} for argument types: ${showTypes(args)}`,
      call.at,
    )
  return {sql: sliced(scope, call, typed.sql, analyze), type: typed.type}
}

/** One call of DuckDB's. */
function plain(fn: string, inner: string, scope: Scope, call: Call, analyze: Analyze, filter = ''): string {
  const distinct = call.distinct && !/^DISTINCT /.test(inner) ? 'DISTINCT ' : ''
  const order = call.orderBy.length > 0 ? ` ORDER BY ${orderSql(scope, call.orderBy, analyze)}` : ''
  const nulls = call.nulls === 'IGNORE' && /_value$/.test(fn) && fn !== 'any_value' ? ' IGNORE NULLS' : ''
  const over = call.over ? ` OVER (${windowSql(scope, call.over, analyze)})` : ''
  return `${fn}(${distinct}${inner}${order}${nulls})${filter}${over}`
}

function sliced(scope: Scope, call: Call, sql: string, analyze: Analyze): string {
  if (!call.limit) return sql
  const limit = coerce(analyze(call.limit, scope), {kind: 'INT64'})
  if (!limit) throw scope.error('LIMIT takes an INT64', call.at)
  return `list_slice(${sql}, 1, ${limit.sql})`
}

function stringAgg(scope: Scope, call: Call, args: readonly Typed[], analyze: Analyze): Typed {
  const [value, delimiter] = args
  const text = value && value.type.kind !== 'BYTES' && value.type.kind === 'STRING' ? textOf(value) : undefined
  if (!value || text === undefined || args.length > 2 || (delimiter && delimiter.type.kind !== 'STRING'))
    throw scope.error(
      `No matching signature for aggregate function STRING_AGG for argument types: ${showTypes(args)} (CAST to STRING)`,
      call.at,
    )
  const list = plain('list', text, scope, call, analyze, ` FILTER (WHERE ${text} IS NOT NULL)`)
  return {
    sql: `array_to_string(${sliced(scope, call, list, analyze)}, ${delimiter?.sql ?? "','"})`,
    type: {kind: 'STRING'},
  }
}

/** Exact, where BigQuery approximates. */
function quantiles(scope: Scope, call: Call, args: readonly Typed[], analyze: Analyze): Typed {
  const [value, number] = args
  const n = Number(number?.text)
  if (
    !value ||
    !Number.isInteger(n) ||
    n < 1 ||
    n > 10_000 ||
    args.length > 2 ||
    NOT_ORDERED_TYPES.has(value.type.kind)
  )
    throw scope.error('APPROX_QUANTILES takes a value that can be ordered and a positive integer literal', call.at)
  const steps = Array.from({length: n + 1}, (_, i) => `${i}.0/${n}.0`)
  const sql = plain('quantile_disc', `${value.sql}, [${steps.join(', ')}]`, scope, call, analyze)
  return {sql: `(${sql})`, type: {kind: 'ARRAY', element: value.type}}
}
