import type {ApiError} from '../../../service/api-error.ts'
import {unsupportedSql} from '../../model/errors.ts'
import type {Body, Expr, Query} from './ast.ts'
import {position, syntax, type Token, tokenize} from './lexer.ts'

const RESERVED = new Set(
  `ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT
  DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL
  GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP
  MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE
  RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN
  WHERE WINDOW WITH WITHIN`.split(/\s+/),
)
/** Deeper nesting would overflow a stack, here or in DuckDB. */
const MAX_DEPTH = 200

/** The rules that other rules recurse into. */
export interface Grammar {
  expr(c: Cursor): Expr
  query(c: Cursor): Query
  /** What follows the first part of a query's body. */
  restOfQuery(c: Cursor, first: Body): Query
}

/** Walks over the tokens of a statement. */
export class Cursor {
  readonly sql: string
  readonly grammar: Grammar
  readonly #tokens: readonly Token[]
  readonly #end: Token
  index = 0
  /** How many `?` have been read. */
  positional = 0
  #depth = 0

  constructor(sql: string, grammar: Grammar) {
    this.sql = sql
    this.grammar = grammar
    this.#tokens = tokenize(sql)
    const at = sql.length
    this.#end = {kind: 'end', text: '', upper: '', value: '', start: at, end: at}
  }

  get token(): Token {
    return this.peek(0)
  }

  get at(): number {
    return this.token.start
  }

  get atEnd(): boolean {
    return this.token.kind === 'end'
  }

  peek(ahead: number): Token {
    return this.#tokens[this.index + ahead] ?? this.#end
  }

  next(): Token {
    const token = this.token
    this.index++
    return token
  }

  /** True when the next tokens are these unquoted words or signs. */
  sees(...words: string[]): boolean {
    return words.every((word, i) => {
      const {kind, upper} = this.peek(i)
      return upper === word && (kind === 'word' || kind === 'punct')
    })
  }

  accept(...words: string[]): boolean {
    if (!this.sees(...words)) return false
    this.index += words.length
    return true
  }

  expr(): Expr {
    return this.grammar.expr(this)
  }

  query(): Query {
    return this.grammar.query(this)
  }

  /** True at the first word of a query. */
  get seesQuery(): boolean {
    return this.sees('SELECT') || this.sees('WITH') || this.sees('VALUES', '(')
  }

  /** True where a query in parentheses is the first part of a larger one. */
  get seesRestOfQuery(): boolean {
    return ['UNION', 'INTERSECT', 'EXCEPT', 'ORDER', 'LIMIT'].some(word => this.sees(word))
  }

  expect(...words: string[]): void {
    for (const word of words)
      if (!this.accept(word))
        throw this.error(`Expected ${/^\w/.test(word) ? `keyword ${word}` : `"${word}"`} but got ${this.shown}`)
  }

  /** True when a name comes: in backticks, or a word that is not reserved. */
  get seesName(): boolean {
    const {kind, upper} = this.token
    return kind === 'backtick' || (kind === 'word' && !RESERVED.has(upper))
  }

  name(what = 'a name'): string {
    if (!this.seesName) throw this.error(`Expected ${what} but got ${this.shown}`)
    return this.next().value
  }

  /** A name after a dot, where reserved words are names too. */
  nameAfterDot(): string {
    const {kind} = this.token
    if (kind !== 'word' && kind !== 'backtick') throw this.error(`Unexpected ${this.shown}`)
    return this.next().value
  }

  /** `[AS] name`. */
  alias(): string | undefined {
    // After AS a reserved word can only be a name.
    if (this.accept('AS')) return this.token.kind === 'word' ? this.next().value : this.name('an alias')
    if (this.peek(1).text === '(' && /^(UN)?PIVOT$/.test(this.token.upper)) return undefined
    return this.seesName ? this.next().value : undefined
  }

  /** Items with commas between them. */
  list<T>(item: () => T): T[] {
    const items = [item()]
    while (this.accept(',')) items.push(item())
    return items
  }

  parenthesized<T>(content: () => T): T {
    this.expect('(')
    const value = content()
    this.expect(')')
    return value
  }

  nested<T>(work: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.error(`Nested too deeply: more than ${MAX_DEPTH} levels`)
    const value = work()
    this.#depth--
    return value
  }

  get shown(): string {
    const {kind, text} = this.token
    if (kind === 'end') return 'end of statement'
    return kind === 'string' ? `string literal ${text}` : kind === 'number' ? `literal ${text}` : `"${text}"`
  }

  error(what: string): ApiError {
    return syntax(what, this.sql, this.at)
  }

  unsupported(what: string, at = this.at): ApiError {
    return unsupportedSql(`${what} at ${position(this.sql, at)}`)
  }
}
