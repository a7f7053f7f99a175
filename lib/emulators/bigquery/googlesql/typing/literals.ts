import {unsupportedSql} from '../../model/errors.ts'
import {parseInt64} from '../../values/numbers.ts'
import type {Expr} from '../syntax/ast.ts'
import {quoteText, type ScalarKind} from '../syntax/types.ts'
import {decimalLiteral, timeLiteral} from './coercion.ts'
import type {Scope} from './scope.ts'
import type {Typed} from './typed.ts'

/** A number, string, bytes, TRUE, FALSE or NULL. */
export function literal(expr: Extract<Expr, {k: 'literal'}>, scope: Scope): Typed {
  const {text} = expr
  const typed = (sql: string, kind: ScalarKind): Typed => ({sql, type: {kind}, literal: 'LITERAL', text})
  switch (expr.type) {
    case 'NULL':
      return typed('NULL', 'NULL')
    case 'BOOL':
      return typed(text, 'BOOL')
    case 'STRING':
      return typed(quoteText(text), 'STRING')
    case 'BYTES':
      return typed(`unhex('${Buffer.from(text, 'latin1').toString('hex')}')`, 'BYTES')
    case 'FLOAT64': {
      if (!Number.isFinite(Number(text))) throw scope.error(`Invalid floating point literal: ${text}`, expr.at)
      return typed(`CAST('${Number(text)}' AS DOUBLE)`, 'FLOAT64')
    }
    case 'INT64': {
      const sign = text.startsWith('-') ? '-' : ''
      const digits = sign ? text.slice(1) : text
      const value = parseInt64(sign + (/^0x/i.test(digits) ? BigInt(digits).toString() : digits))
      if (value === undefined) throw scope.error(`Invalid integer literal: ${text}`, expr.at)
      return {...typed(`CAST(${value} AS BIGINT)`, 'INT64'), text: String(value)}
    }
  }
}

/** `DATE '…'`, `NUMERIC '…'` and the like. */
export function typedLiteral(expr: Extract<Expr, {k: 'typed'}>, scope: Scope): Typed {
  const kind = expr.type as ScalarKind
  const invalid = () => scope.error(`Invalid ${kind} literal: ${JSON.stringify(expr.text)}`, expr.at)
  const sql =
    kind === 'JSON'
      ? `bq_parse_json(${quoteText(expr.text)})`
      : kind === 'NUMERIC' || kind === 'BIGNUMERIC'
        ? decimalLiteral(expr.text.trim(), kind)
        : timeLiteral(expr.text, kind)
  if (sql === undefined) {
    if (kind === 'BIGNUMERIC')
      throw unsupportedSql(`BIGNUMERIC ${expr.text} (here it has 20 digits before the point and 18 after it)`)
    throw invalid()
  }
  return {sql, type: {kind}}
}
