import type {Cursor} from './cursor.ts'
import {type SqlType, type StructField, scalarNamed} from './types.ts'

/** Reads a type, as in CAST. */
export function parseType(c: Cursor): SqlType {
  return c.nested(() => {
    if (c.accept('ARRAY')) {
      c.expect('<')
      const element = parseType(c)
      c.expect('>')
      if (element.kind === 'ARRAY') throw c.error('Arrays of arrays are not supported')
      return {kind: 'ARRAY', element}
    }
    if (c.accept('STRUCT')) {
      c.expect('<')
      const fields = c.sees('>') ? [] : c.list(() => structField(c))
      c.expect('>')
      return {kind: 'STRUCT', fields}
    }
    const {upper} = c.token
    // DuckDB's own word for a string, which tests of the local cloud use.
    const type = upper === 'VARCHAR' ? scalarNamed('STRING') : scalarNamed(upper)
    if (!type || c.token.kind !== 'word') throw c.error(`Type not found: ${c.token.text}`)
    c.next()
    if (c.sees('('))
      throw c.unsupported(`a parameterized type in an expression (${upper}(…); use ${type.kind} and ROUND or SUBSTR)`)
    return type
  })
}

function structField(c: Cursor): StructField {
  const named = c.seesName && !['<', ',', '>'].includes(c.peek(1).text)
  const name = named ? c.next().value : ''
  return {name, type: parseType(c)}
}
