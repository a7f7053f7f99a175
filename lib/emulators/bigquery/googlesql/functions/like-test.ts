import type {Expr} from '../syntax/ast.ts'

/** DuckDB's LIKE tries every way to share a text out over the `%` of a pattern: of more than these it is not asked. */
const FEW = 2

/**
 * SQL that tests a text against a pattern of LIKE. A pattern of many `%` becomes a regular expression of RE2, which takes linear
 * time: within one value nothing can interrupt DuckDB.
 *
 * @param pattern SQL of the pattern, whose expression is `given`
 */
export function likeTest(text: string, pattern: string, given: Expr): string {
  const regex = given.k === 'literal' && given.type === 'STRING' ? regexOf(given.text) : undefined
  return regex === undefined
    ? `(${text} LIKE ${pattern} ESCAPE '\\')`
    : `regexp_full_match(${text}, '${regex.replaceAll("'", "''")}', 's')`
}

/** Undefined for a pattern that LIKE may have: of few `%`, or one that is wrong, which it says itself. */
function regexOf(pattern: string): string | undefined {
  let regex = ''
  let many = 0
  const chars = [...pattern]
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!
    if (char === '%') {
      many++
      regex += '.*'
    } else if (char === '_') regex += '.'
    else {
      const literal = char === '\\' ? chars[++at] : char
      if (literal === undefined) return undefined
      regex += literal.replace(/[\\^$.|?*+()[\]{}]/, '\\$&')
    }
  }
  return many > FEW ? regex : undefined
}
