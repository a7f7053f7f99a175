import {invalid} from '../wire/grpc-code.ts'
import {invalidFilter, type Token, tokensOf} from './filter-lexer.ts'

/** Returns whether a message with these attributes passes. */
export type Filter = (attributes: Readonly<Record<string, string>>) => boolean

const MAX_BYTES = 256

/**
 * Reads a subscription's filter: `attributes:key`, `attributes.key = "v"`, `!=`, `hasPrefix(attributes.key, "v")`, NOT or
 * `-`, AND, OR and parentheses; AND and OR side by side need parentheses. An empty filter is none.
 */
export function parseFilter(filter: string): Filter | undefined {
  if (filter.trim() === '') return undefined
  if (Buffer.byteLength(filter) > MAX_BYTES)
    throw invalid(`The filter has more than ${MAX_BYTES} bytes (filter=${filter}).`)
  return new Parser(filter).parse()
}

class Parser {
  readonly #filter: string
  readonly #tokens: Token[]
  #next = 0

  constructor(filter: string) {
    this.#filter = filter
    this.#tokens = tokensOf(filter)
  }

  parse(): Filter {
    const whole = this.#expression()
    if (this.#peek()) throw this.#unexpected()
    return whole
  }

  #expression(): Filter {
    const terms = [this.#term()]
    const operator = this.#peek()?.value
    if (operator !== 'AND' && operator !== 'OR') return terms[0]!
    while (this.#accept('word', operator)) terms.push(this.#term())
    if (this.#is('word', 'AND') || this.#is('word', 'OR'))
      throw this.#wrong('AND and OR side by side need parentheses,')
    return operator === 'AND'
      ? attributes => terms.every(term => term(attributes))
      : attributes => terms.some(term => term(attributes))
  }

  #term(): Filter {
    if (this.#accept('word', 'NOT') || this.#accept('sign', '-')) {
      const inner = this.#term()
      return attributes => !inner(attributes)
    }
    if (this.#accept('sign', '(')) {
      const inner = this.#expression()
      this.#expect('sign', ')')
      return inner
    }
    if (this.#accept('word', 'hasPrefix')) return this.#prefix()
    return this.#comparison()
  }

  #prefix(): Filter {
    this.#expect('sign', '(')
    this.#expect('word', 'attributes')
    this.#expect('sign', '.')
    const key = this.#key()
    this.#expect('sign', ',')
    const prefix = this.#expect('text')
    this.#expect('sign', ')')
    return attributes => own(attributes, key)?.startsWith(prefix) === true
  }

  #comparison(): Filter {
    this.#expect('word', 'attributes')
    if (this.#accept('sign', ':')) {
      const key = this.#key()
      return attributes => own(attributes, key) !== undefined
    }
    this.#expect('sign', '.')
    const key = this.#key()
    const negated = this.#accept('sign', '!=')
    if (!negated) this.#expect('sign', '=')
    const value = this.#expect('text')
    // A message without the attribute passes `!=`, as it passes NOT (… = …).
    return attributes => (own(attributes, key) === value) !== negated
  }

  #key(): string {
    const token = this.#peek()
    if (token === undefined || token.kind === 'sign') throw this.#unexpected()
    this.#next++
    return token.value
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  #is(kind: Token['kind'], value: string): boolean {
    const token = this.#peek()
    return token?.kind === kind && token.value === value
  }

  #accept(kind: Token['kind'], value: string): boolean {
    if (!this.#is(kind, value)) return false
    this.#next++
    return true
  }

  #expect(kind: Token['kind'], value?: string): string {
    const token = this.#peek()
    if (token?.kind !== kind || (value !== undefined && token.value !== value))
      throw this.#unexpected(value ?? 'a text in double quotes')
    this.#next++
    return token.value
  }

  #unexpected(wanted?: string): Error {
    const found = this.#peek()
    const what = found ? `unexpected ${JSON.stringify(found.value)}` : 'unexpected end'
    return this.#wrong(wanted === undefined ? what : `${what}, expected ${wanted},`)
  }

  #wrong(problem: string): Error {
    return invalidFilter(this.#filter, problem, this.#peek()?.at ?? this.#filter.length)
  }
}

function own(attributes: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined
}
