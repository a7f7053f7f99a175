import {likeRegex} from '../../native/like-regex.ts'
import type {Expr} from '../syntax/ast.ts'

/**
 * SQL that tests a text against a pattern of LIKE, in linear time: nothing can interrupt DuckDB within one value.
 *
 * DuckDB's LIKE is linear for a constant pattern without `_` and ESCAPE. Otherwise it tries every way to share a text out over
 * the `%`, and a regular expression of RE2 takes its place. A pattern that is computed is looked at row by row.
 *
 * @param pattern SQL of the pattern, whose expression is `given`
 */
export function likeTest(text: string, pattern: string, given: Expr): string {
  if (given.k !== 'literal' || given.type !== 'STRING') return `"~fn".like_computed(${text}, ${pattern})`
  if (!/[_\\]/.test(given.text)) return `(${text} LIKE ${pattern})`
  const regex = given.text.includes('%') ? likeRegex(given.text) : undefined
  return regex === undefined
    ? `(${text} LIKE ${pattern} ESCAPE '\\')`
    : `regexp_full_match(${text}, '${regex.replaceAll("'", "''")}', 's')`
}
