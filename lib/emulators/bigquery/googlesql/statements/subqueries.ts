import {unsupportedSql} from '../../model/errors.ts'
import type {Expr} from '../syntax/ast.ts'
import {BOOL, INT64, showType} from '../syntax/types.ts'
import {coerce, superType} from '../typing/coercion.ts'
import type {Scope} from '../typing/scope.ts'
import type {Typed} from '../typing/typed.ts'
import {convertRows} from './rows.ts'

/** A query as an expression: one value, ARRAY, EXISTS, or the right side of IN. */
export function analyzeSubquery(
  expr: Extract<Expr, {k: 'query'}>,
  scope: Scope,
  membership?: {arg: Typed; not: string},
): Typed {
  const rows = scope.t.query(expr.query, scope, scope.t)
  if (expr.use === 'EXISTS') return {sql: `EXISTS (${rows.sql})`, type: BOOL}
  const [column] = rows.columns
  if (!column || rows.columns.length > 1)
    throw scope.error(
      `${expr.use === 'ARRAY' ? 'ARRAY' : membership ? 'IN' : 'Scalar'} subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values`,
      expr.at,
    )
  const type = column.typed.type.kind === 'NULL' ? INT64 : column.typed.type
  if (expr.use === 'ARRAY') {
    if (type.kind === 'ARRAY')
      throw scope.error(
        'Cannot use array subquery with column of type ARRAY because nested arrays are not supported',
        expr.at,
      )
    return {sql: `ARRAY(${rows.sql})`, type: {kind: 'ARRAY', element: type}}
  }
  if (!membership) return {sql: `(${rows.sql})`, type, ...(column.name && {name: column.name})}
  const {arg, not} = membership
  const common = superType([arg, {sql: '', type}])
  if (!common || ['ARRAY', 'STRUCT', 'JSON'].includes(common.kind))
    throw scope.error(
      `Cannot execute IN subquery with uncomparable types ${showType(arg.type)} and ${showType(type)}`,
      expr.at,
    )
  if (common.kind === 'FLOAT64' && type.kind !== 'INT64' && arg.type.kind !== 'INT64' && !arg.literal)
    throw unsupportedSql('IN with a subquery of FLOAT64')
  const right = convertRows(scope, rows, [common], () => scope.error('Incompatible types in IN', expr.at))
  return {sql: `(${coerce(arg, common)?.sql} ${not}IN (${right.sql}))`, type: BOOL}
}
