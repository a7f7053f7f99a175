import {unsupportedSql} from './errors.ts'
import {type Token, tokenize} from './sql-lexer.ts'
import {readPath} from './sql-path.ts'

/** How a table that a statement names is written for DuckDB. */
export interface TableName {
  /** The quoted name. */
  sql: string
  /** The name that columns are qualified with, when DuckDB would not find it by itself. */
  alias: string | undefined
}

/** Finds the table of a path; `write` for the target of INSERT, UPDATE, DELETE, MERGE and TRUNCATE. */
export type LookUp = (parts: readonly string[], access: 'read' | 'write') => TableName

/** How the parameter `@name`, or the nth `?`, stands in DuckDB's SQL. */
export type ParameterSql = (key: string | number) => string

/** One level of parentheses. */
interface Frame {
  /** The word before the parenthesis, in capitals. */
  call: string
  /** Commas separate tables. */
  inFrom: boolean
  hasSelect: boolean
}

interface Edit {
  start: number
  end: number
  text: string
}

/** What comes after a table and is not its alias. */
const NO_ALIAS = new Set(
  'ANTI ASOF AT CROSS EXCEPT FETCH FOR FULL GROUP HAVING INNER INTERSECT JOIN LEFT LIMIT NATURAL OFFSET ON ORDER PIVOT POSITIONAL QUALIFY RETURNING RIGHT SAMPLE SELECT SEMI SET TABLESAMPLE UNION UNPIVOT USING VALUES WHEN WHERE WINDOW DEFAULT BY'.split(
    ' ',
  ),
)
const ENDS_FROM = new Set(
  'WHERE GROUP HAVING ORDER LIMIT QUALIFY WINDOW UNION EXCEPT INTERSECT SELECT SET VALUES WHEN RETURNING OFFSET'.split(
    ' ',
  ),
)
/** Functions whose arguments contain FROM. */
const FROM_INSIDE = new Set(['EXTRACT', 'SUBSTRING', 'TRIM', 'OVERLAY', 'POSITION'])
const NO_TABLE = new Set(['SELECT', 'WITH', 'VALUES', 'FROM'])
/** BigQuery's names of types that DuckDB lacks or, worse, takes for DECIMAL(18,3). */
const TYPES: Record<string, string> = {
  FLOAT64: 'DOUBLE',
  BYTES: 'BLOB',
  NUMERIC: 'DECIMAL(38,9)',
  DECIMAL: 'DECIMAL(38,9)',
  BIGNUMERIC: 'DECIMAL(38,18)',
  BIGDECIMAL: 'DECIMAL(38,18)',
}

/**
 * Rewrites a statement for DuckDB: table paths (backticked, dashed, with or without project and dataset) become the
 * quoted names that `lookUp` gives, other backticks become double quotes, `@name` and `?` what `parameterSql` gives, and
 * the type names of casts become DuckDB's. All else is left as it is.
 */
export function rewriteSql(sql: string, lookUp: LookUp, parameterSql: ParameterSql): string {
  const tokens = tokenize(sql)
  const ctes = commonTables(tokens)
  const edits: Edit[] = []
  const frames: Frame[] = [{call: '', inFrom: false, hasSelect: false}]
  let positional = 0
  let position: 'read' | 'write' | 'source' | undefined

  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token
    const frame = frames.at(-1) as Frame
    const previous = tokens[i - 1]
    const next = tokens[i + 1]
    if (token.text === '(') {
      const call = previous?.kind === 'word' ? previous.upper : ''
      const tables = position === 'read'
      frames.push({call, inFrom: tables, hasSelect: false})
      position = tables ? 'read' : undefined
      continue
    }
    if (token.text === ')') {
      if (frames.length > 1) frames.pop()
      position = undefined
      continue
    }
    const isName = token.kind === 'word' || token.kind === 'backtick' || token.kind === 'quoted'
    if (position && isName && !NO_TABLE.has(token.upper)) {
      if (
        token.upper === 'LATERAL' ||
        token.upper === 'ONLY' ||
        (token.upper === 'TABLE' && previous?.upper === 'TRUNCATE')
      )
        continue
      i = tablePath(i, position)
      position = undefined
      continue
    }
    position = undefined
    if (token.text === ',' && frame.inFrom) position = 'read'
    else if (token.kind === 'word' && previous?.text !== '.')
      position = afterKeyword(token, previous, tokens[i - 2], frame)
    if (token.kind === 'backtick') edits.push({...span(token), text: quote(token.text.slice(1, -1))})
    else if (token.text === '?') edits.push({...span(token), text: parameterSql(++positional)})
    else if (token.text === '@' && next?.start === token.end) parameter(token, next)
    else if (token.kind === 'word' && TYPES[token.upper] && next?.text !== '(' && isCastType(previous, frame))
      edits.push({...span(token), text: TYPES[token.upper] as string})
  }
  return apply(sql, edits)

  /** Handles the path at token `i`; gives the index of its last token. */
  function tablePath(i: number, access: 'read' | 'write' | 'source'): number {
    const start = (tokens[i] as Token).start
    const path = readPath(sql, start)
    if (!path) return i
    let last = i
    while ((tokens[last + 1]?.start ?? Number.POSITIVE_INFINITY) < path.end) last++
    const after = tokens[last + 1]
    const isInsert = tokens[i - 1]?.upper === 'INTO' && tokens[i - 2]?.upper !== 'MERGE'
    if (after?.text === '(' && access !== 'write') return last
    const [name = ''] = path.parts
    if (path.parts.length === 1 && ctes.has(name.toLowerCase())) {
      edits.push({start, end: path.end, text: quote(name)})
      return last
    }
    const found = lookUp(path.parts, access === 'write' ? 'write' : 'read')
    const hasAlias =
      after &&
      (after.kind === 'quoted' || after.kind === 'backtick' || (after.kind === 'word' && !NO_ALIAS.has(after.upper)))
    const alias = found.alias === undefined || hasAlias || isInsert ? '' : ` AS ${quote(found.alias)}`
    edits.push({start, end: path.end, text: found.sql + alias})
    return last
  }

  function parameter(at: Token, name: Token): void {
    if (name.text === '@') throw unsupportedSql('a system variable (@@…)')
    if (name.kind === 'word') edits.push({start: at.start, end: name.end, text: parameterSql(name.text)})
  }
}

/** What the next token is in the place of, after a keyword. */
function afterKeyword(word: Token, previous: Token | undefined, before: Token | undefined, frame: Frame) {
  if (ENDS_FROM.has(word.upper)) frame.inFrom = false
  switch (word.upper) {
    case 'SELECT':
      frame.hasSelect = true
      return undefined
    case 'FROM':
      if (previous?.upper === 'DISTINCT' && /^(IS|NOT)$/.test(before?.upper ?? '')) return undefined
      if (FROM_INSIDE.has(frame.call) && !frame.hasSelect) return undefined
      if (previous?.upper === 'DELETE') return 'write'
      frame.inFrom = true
      return 'read'
    case 'JOIN':
      frame.inFrom = true
      return 'read'
    case 'INTO':
    case 'TRUNCATE':
      return 'write'
    case 'UPDATE':
      return /^(THEN|DO|FOR)$/.test(previous?.upper ?? '') ? undefined : 'write'
    case 'USING':
      return 'source'
    default:
      return undefined
  }
}

function isCastType(previous: Token | undefined, frame: Frame): boolean {
  return previous?.text === '::' || (previous?.upper === 'AS' && /^(TRY_)?CAST$/.test(frame.call))
}

/** Names that WITH gives: a word, perhaps columns, AS, a parenthesis. */
function commonTables(tokens: readonly Token[]): Set<string> {
  const names = new Set<string>()
  tokens.forEach((token, i) => {
    if (token.upper !== 'AS') return
    const opens = tokens.slice(i + 1, i + 4).findIndex(t => t.text === '(')
    if (opens < 0 || tokens.slice(i + 1, i + 1 + opens).some(t => !/^(NOT|MATERIALIZED)$/.test(t.upper))) return
    let at = i - 1
    if (tokens[at]?.text === ')') while (at > 0 && tokens[at]?.text !== '(') at--
    const name = tokens[tokens[at]?.text === '(' ? at - 1 : at]
    if (name) names.add(name.text.replace(/^[`"]|[`"]$/g, '').toLowerCase())
  })
  return names
}

function apply(sql: string, edits: readonly Edit[]): string {
  let out = ''
  let at = 0
  for (const edit of edits) {
    out += sql.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return out + sql.slice(at)
}

function span({start, end}: Token) {
  return {start, end}
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
