import type {Token} from '../googlesql/syntax/lexer.ts'
import {invalidQuery, unsupportedSql} from '../model/errors.ts'
import {fieldType, parseFields, type TableField} from '../model/table-field.ts'

/** Reads the tokens between the parentheses of `CREATE TABLE t (…)`: names with BigQuery's types. */
export function parseColumns(tokens: readonly Token[]): TableField[] {
  const reader = new Reader(tokens)
  const columns: object[] = []
  do {
    const name = reader.name()
    const column: Record<string, unknown> = {mode: 'NULLABLE', ...reader.type(), name}
    if (reader.accept('NOT')) {
      reader.expect('NULL')
      column.mode = 'REQUIRED'
    }
    if (reader.peek() && reader.peek() !== ',') throw unsupportedSql(`${reader.peek()} in a column definition`)
    columns.push(column)
  } while (reader.accept(','))
  return parseFields(columns)
}

/** A type as a TableField without its name. */
interface TypeOnly {
  type: string
  mode?: string
  fields?: object[]
  maxLength?: string
  precision?: string
  scale?: string
}

class Reader {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  peek(): string | undefined {
    return this.#tokens[this.#at]?.upper
  }

  accept(text: string): boolean {
    if (this.peek() !== text) return false
    this.#at++
    return true
  }

  expect(text: string): void {
    if (!this.accept(text))
      throw invalidQuery(`Syntax error: Expected "${text}" but got ${this.peek() ?? 'end of statement'}`)
  }

  name(): string {
    const token = this.#tokens[this.#at++]
    if (token?.kind === 'word') return token.text
    if (token?.kind === 'backtick') return token.value
    throw invalidQuery(`Syntax error: Expected a column name but got ${token?.text ?? 'end of statement'}`)
  }

  type(): TypeOnly {
    if (this.accept('ARRAY')) {
      this.expect('<')
      const element = this.type()
      if (element.mode) throw invalidQuery('Cannot construct array with element type ARRAY')
      this.expect('>')
      return {...element, mode: 'REPEATED'}
    }
    if (this.accept('STRUCT')) return {type: 'RECORD', fields: this.#structFields()}
    const name = this.name().toUpperCase()
    const type = fieldType(
      name === 'DECIMAL'
        ? 'NUMERIC'
        : name === 'BIGDECIMAL'
          ? 'BIGNUMERIC'
          : /^(BIGINT|INT|SMALLINT|TINYINT|BYTEINT)$/.test(name)
            ? 'INT64'
            : name,
    )
    if (!type) throw invalidQuery(`Type not found: ${name}`)
    if (!this.accept('(')) return {type}
    const first = this.#number()
    const second = this.accept(',') ? this.#number() : undefined
    this.expect(')')
    if (type === 'STRING' || type === 'BYTES') return {type, maxLength: first}
    return {type, precision: first, ...(second !== undefined && {scale: second})}
  }

  #structFields(): object[] {
    const fields: object[] = []
    this.expect('<')
    do {
      const name = this.name()
      fields.push({mode: 'NULLABLE', ...this.type(), name})
    } while (this.accept(','))
    this.expect('>')
    return fields
  }

  #number(): string {
    const token = this.#tokens[this.#at++]
    if (token?.kind !== 'number')
      throw invalidQuery(`Syntax error: Expected a number but got ${token?.text ?? 'end of statement'}`)
    return token.text
  }
}
