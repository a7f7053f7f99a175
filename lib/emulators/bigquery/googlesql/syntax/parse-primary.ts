import type {Expr, IndexMode} from './ast.ts'
import type {Cursor} from './cursor.ts'
import {parseCall} from './parse-call.ts'
import {parseType} from './parse-type.ts'

const TYPED = new Set([
  'DATE',
  'TIME',
  'DATETIME',
  'TIMESTAMP',
  'NUMERIC',
  'DECIMAL',
  'BIGNUMERIC',
  'BIGDECIMAL',
  'JSON',
])
const INDEX_MODES = new Set(['OFFSET', 'ORDINAL', 'SAFE_OFFSET', 'SAFE_ORDINAL'])

/** Reads a literal, name, call or parenthesis, with the fields and elements that are taken out of it. */
export function parsePrimary(c: Cursor): Expr {
  let expr = atom(c)
  for (;;) {
    const at = c.at
    if (c.accept('.')) {
      if (c.sees('*')) {
        c.index--
        return expr
      }
      const name = c.nameAfterDot()
      expr = expr.k === 'path' ? {...expr, names: [...expr.names, name]} : {k: 'field', base: expr, name, at}
    } else if (c.accept('[')) expr = element(c, expr, at)
    else return expr
  }
}

function element(c: Cursor, base: Expr, at: number): Expr {
  const mode = INDEX_MODES.has(c.token.upper) && c.peek(1).text === '(' ? (c.next().upper as IndexMode) : 'PLAIN'
  const index = mode === 'PLAIN' ? c.expr() : c.parenthesized(() => c.expr())
  c.expect(']')
  return {k: 'index', base, index, mode, at}
}

function atom(c: Cursor): Expr {
  const {token, at} = c
  switch (token.kind) {
    case 'number':
      c.next()
      if (c.token.kind === 'word' && c.token.start === token.end)
        throw c.error('Missing whitespace between literal and alias')
      return {k: 'literal', type: /^0x|^\d+$/i.test(token.text) ? 'INT64' : 'FLOAT64', text: token.text, at}
    case 'string':
    case 'bytes':
      c.next()
      return {k: 'literal', type: token.kind === 'string' ? 'STRING' : 'BYTES', text: token.value, at}
    case 'backtick':
      return identifier(c)
    case 'word':
      return word(c)
    case 'punct':
      return sign(c)
    default:
      throw c.error(`Unexpected ${c.shown}`)
  }
}

function sign(c: Cursor): Expr {
  const at = c.at
  if (c.accept('(')) {
    if (c.seesQuery) {
      const query = c.query()
      c.expect(')')
      return {k: 'query', use: 'SCALAR', query, at}
    }
    const first = c.expr()
    if (first.k === 'query' && first.use === 'SCALAR' && c.seesRestOfQuery) {
      const query = c.grammar.restOfQuery(c, {k: 'query', query: first.query, at: first.at})
      c.expect(')')
      return {k: 'query', use: 'SCALAR', query, at}
    }
    const items = c.accept(',') ? [first, ...c.list(() => c.expr())] : [first]
    c.expect(')')
    if (items.length === 1) return first
    return {k: 'struct', fields: items.map(value => ({name: '', value})), type: undefined, at}
  }
  if (c.accept('[')) return arrayItems(c, undefined, at)
  if (c.accept('?')) return {k: 'parameter', key: ++c.positional, at}
  if (c.sees('@@')) throw c.unsupported('a system variable (@@…)')
  if (c.accept('@')) return {k: 'parameter', key: c.nameAfterDot(), at}
  throw c.error(`Unexpected ${c.shown}`)
}

function word(c: Cursor): Expr {
  const {token, at} = c
  const next = c.peek(1)
  const {upper} = token
  if (upper === 'NULL') return constant(c, 'NULL')
  if (upper === 'TRUE' || upper === 'FALSE') return constant(c, 'BOOL')
  if (TYPED.has(upper) && next.kind === 'string') {
    c.index += 2
    return {k: 'typed', type: upper.replace(/^(BIG)?DECIMAL$/, '$1NUMERIC'), text: next.value, at}
  }
  if (upper === 'RANGE' && next.text === '<') throw c.unsupported('RANGE')
  if (upper === 'CASE') return caseExpr(c)
  if (upper === 'INTERVAL') return interval(c)
  if (upper === 'CAST' || upper === 'SAFE_CAST') return cast(c)
  if (upper === 'EXTRACT') return extract(c)
  if (upper === 'EXISTS' && next.text === '(') {
    c.next()
    return {k: 'query', use: 'EXISTS', query: c.parenthesized(() => c.query()), at}
  }
  if (upper === 'ARRAY') return array(c)
  if (upper === 'STRUCT') return struct(c)
  if (upper === 'NEW' || upper === 'TREAT') throw c.unsupported(upper)
  if (upper === 'IF' || upper === 'LEFT' || upper === 'RIGHT' || upper === 'GROUPING') {
    if (next.text === '(') return parseCall(c, [c.next().text])
  }
  if (upper === 'UNNEST' && next.text === '(') return parseCall(c, [c.next().text])
  return identifier(c)
}

/** A path, or the name of a function: `f(`, `SAFE.f(`, `NET.f(`. */
function identifier(c: Cursor): Expr {
  const at = c.at
  const start = c.index
  const names = [c.name('an expression')]
  while (c.sees('.') && c.peek(1).kind !== 'punct') {
    c.next()
    names.push(c.nameAfterDot())
    if (c.sees('(')) break
  }
  if (c.sees('(')) return parseCall(c, names)
  if (names.length > 1) c.index = start + 1
  return {k: 'path', names: names.slice(0, 1), at}
}

function constant(c: Cursor, type: 'NULL' | 'BOOL'): Expr {
  const at = c.at
  return {k: 'literal', type, text: c.next().upper, at}
}

function caseExpr(c: Cursor): Expr {
  const at = c.at
  c.expect('CASE')
  const subject = c.sees('WHEN') ? undefined : c.expr()
  const whens: {when: Expr; then: Expr}[] = []
  while (c.accept('WHEN')) {
    const when = c.expr()
    c.expect('THEN')
    whens.push({when, then: c.expr()})
  }
  if (whens.length === 0) throw c.error(`Expected keyword WHEN but got ${c.shown}`)
  const otherwise = c.accept('ELSE') ? c.expr() : undefined
  c.expect('END')
  return {k: 'case', subject, whens, otherwise, at}
}

function interval(c: Cursor): Expr {
  const at = c.at
  c.expect('INTERVAL')
  const value = c.expr()
  const part = c.name('a date part').toUpperCase()
  const to = c.accept('TO') ? c.name('a date part').toUpperCase() : undefined
  return {k: 'interval', value, part, to, at}
}

function cast(c: Cursor): Expr {
  const at = c.at
  const safe = c.next().upper === 'SAFE_CAST'
  return c.parenthesized(() => {
    const arg = c.expr()
    c.expect('AS')
    const type = parseType(c)
    if (c.sees('FORMAT')) throw c.unsupported('CAST with FORMAT (use FORMAT_DATE, PARSE_DATE, …)')
    const zone = c.accept('AT', 'TIME', 'ZONE') ? c.expr() : undefined
    return {k: 'cast', safe, arg, type, zone, at}
  })
}

function extract(c: Cursor): Expr {
  const at = c.at
  c.expect('EXTRACT')
  return c.parenthesized(() => {
    const part = c.expr()
    c.expect('FROM')
    const from = c.expr()
    const zone = c.accept('AT', 'TIME', 'ZONE') ? c.expr() : undefined
    return {k: 'extract', part, from, zone, at}
  })
}

function array(c: Cursor): Expr {
  const at = c.at
  if (c.peek(1).text === '(') {
    c.next()
    return {k: 'query', use: 'ARRAY', query: c.parenthesized(() => c.query()), at}
  }
  const type = c.peek(1).text === '<' ? parseType(c) : undefined
  if (!type) c.expect('ARRAY')
  c.expect('[')
  return arrayItems(c, type?.kind === 'ARRAY' ? type.element : undefined, at)
}

function arrayItems(c: Cursor, elementType: Extract<Expr, {k: 'array'}>['element'], at: number): Expr {
  const items = c.sees(']') ? [] : c.list(() => c.expr())
  c.expect(']')
  return {k: 'array', element: elementType, items, at}
}

function struct(c: Cursor): Expr {
  const at = c.at
  const type = c.peek(1).text === '<' ? parseType(c) : undefined
  if (!type) c.expect('STRUCT')
  const fields = c.parenthesized(() => {
    if (c.sees(')')) return []
    return c.list(() => {
      const value = c.expr()
      const implied = value.k === 'path' ? value.names.at(-1) : value.k === 'field' ? value.name : undefined
      return {value, name: c.accept('AS') ? c.name() : (implied ?? '')}
    })
  })
  return {k: 'struct', fields, type, at}
}
