import {invalidQuery, unsupportedSql} from '../../model/errors.ts'
import type {Query} from '../syntax/ast.ts'
import {position} from '../syntax/lexer.ts'
import {duckSql, type SqlType, showType} from '../syntax/types.ts'

/** An expression in DuckDB's SQL, with its type in BigQuery's. */
export interface Typed {
  /** Stands in parentheses of its own where it needs them. */
  sql: string
  type: SqlType
  /** Literals and parameters become other types where columns do not. */
  literal?: 'LITERAL' | 'PARAMETER'
  /** What a literal says. */
  text?: string
  /** The elements of an array literal, or the fields of a struct literal. */
  parts?: readonly Typed[]
  /** The same without a check of its result, and what goes into it, for operators that check theirs. */
  unchecked?: string
  inputs?: readonly string[]
  /** The name that a column gets from it. */
  name?: string
}

/** A column of a query's result. */
export interface OutputColumn {
  /** Empty for an expression without a name. */
  name: string
  /** Its name in DuckDB, which is like no other in the query. */
  duck: string
  /** The expression, for what is known of literals. */
  typed: Typed
}

/** A query in DuckDB's SQL. */
export interface Rows {
  sql: string
  columns: readonly OutputColumn[]
}

/** A query as a table: SELECT AS STRUCT makes its columns the fields of a row there. */
export function asTable(query: Query): Query {
  const {body} = query
  if (body.k !== 'select' || !body.as) return query
  if (body.as === 'VALUE') throw unsupportedSql('SELECT AS VALUE outside of ARRAY(…) and scalar subqueries')
  return {...query, body: {...body, as: undefined}}
}

export function nullOf(type: SqlType): string {
  return `CAST(NULL AS ${duckSql(type)})`
}

/** 400 invalidQuery for a well-formed statement without a meaning, with its place. */
export function queryError(what: string, sql: string, at: number) {
  return invalidQuery(`${what} at ${position(sql, at)}`)
}

/** `STRING, INT64`, as messages list arguments. */
export function showTypes(args: readonly Typed[]): string {
  return args.map(arg => showType(arg.type)).join(', ')
}
