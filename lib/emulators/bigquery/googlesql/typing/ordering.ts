import {unsupportedSql} from '../../model/errors.ts'
import type {Bound, Expr, OrderItem, WindowSpec} from '../syntax/ast.ts'
import {coerce} from './coercion.ts'
import type {Analyze, Scope} from './scope.ts'
import type {Typed} from './typed.ts'

/** Throws 400 for a type that has no order. */
export function checkOrdered(scope: Scope, value: Typed, where: string, at: number): void {
  if (['ARRAY', 'STRUCT', 'JSON', 'GEOGRAPHY', 'INTERVAL'].includes(value.type.kind))
    throw scope.error(`${where} does not support expressions of type ${value.type.kind}`, at)
}

/** Sort keys: nulls first ascending and last descending, NaN below all other numbers. `shown` stands for the value. */
export function sortKey(value: Typed, item: OrderItem, shown = value.sql): string {
  const direction = item.desc ? 'DESC' : 'ASC'
  const nulls = ` NULLS ${item.nulls ?? (item.desc ? 'LAST' : 'FIRST')}`
  const key = `${shown} ${direction}${nulls}`
  return value.type.kind === 'FLOAT64' ? `isnan(${value.sql}) ${item.desc ? 'ASC' : 'DESC'}${nulls}, ${key}` : key
}

export function orderSql(scope: Scope, items: readonly OrderItem[], analyze: Analyze): string {
  return items
    .map(item => {
      const value = analyze(item.expr, scope)
      checkOrdered(scope, value, 'ORDER BY', item.expr.at)
      return sortKey(value, item, typeof value.text === 'string' && value.literal ? `(${value.sql})` : value.sql)
    })
    .join(', ')
}

/** What the parentheses of OVER contain. */
export function windowSql(scope: Scope, given: WindowSpec, analyze: Analyze): string {
  const spec = resolved(scope, given)
  const parts: string[] = []
  if (spec.partitionBy.length > 0) {
    const keys = spec.partitionBy.map(expr => {
      const value = analyze(expr, scope)
      checkOrdered(scope, value, 'PARTITION BY', expr.at)
      return value.sql
    })
    parts.push(`PARTITION BY ${keys.join(', ')}`)
  }
  const offsets = spec.frame && [spec.frame.start, spec.frame.end].some(bound => bound && 'by' in bound)
  if (spec.orderBy.length > 0) {
    const byRange = spec.frame?.unit === 'RANGE' && offsets
    const keys = byRange
      ? spec.orderBy.map(item => {
          const value = analyze(item.expr, scope)
          if (spec.orderBy.length > 1 || !/^(INT64|FLOAT64)$/.test(value.type.kind))
            throw unsupportedSql('RANGE with an offset over anything but one INT64 or FLOAT64')
          return `${value.sql} ${item.desc ? 'DESC NULLS LAST' : 'ASC NULLS FIRST'}`
        })
      : [orderSql(scope, spec.orderBy, analyze)]
    parts.push(`ORDER BY ${keys.join(', ')}`)
  }
  if (spec.frame) {
    const bound = (b: Bound) => ('by' in b ? `${offset(scope, b.by, analyze)} ${b.kind}` : b.kind)
    const {unit, start, end} = spec.frame
    parts.push(end ? `${unit} BETWEEN ${bound(start)} AND ${bound(end)}` : `${unit} ${bound(start)}`)
  }
  return parts.join(' ')
}

function offset(scope: Scope, expr: Expr, analyze: Analyze): string {
  const value = coerce(analyze(expr, scope), {kind: 'INT64'})
  if (!value) throw scope.error('The offset of a window frame takes an INT64', expr.at)
  return value.sql
}

function resolved(scope: Scope, spec: WindowSpec): WindowSpec {
  if (spec.base === undefined) return spec
  const name = spec.base.toLowerCase()
  const base = scope.windows.get(name)
  if (!base) throw scope.error(`Unrecognized window alias ${spec.base}`, 0)
  const from = resolved(scope, base)
  return {
    base: undefined,
    partitionBy: [...from.partitionBy, ...spec.partitionBy],
    orderBy: spec.orderBy.length > 0 ? spec.orderBy : from.orderBy,
    frame: spec.frame ?? from.frame,
  }
}
