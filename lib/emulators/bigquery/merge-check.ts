import type {DuckDBConnection} from '@duckdb/node-api'
import {invalidQuery} from './errors.ts'
import type {BoundParameter} from './query-parameters.ts'
import {type Token, tokenize} from './sql-lexer.ts'
import {execute, prepare} from './statement.ts'

/**
 * DuckDB applies a MERGE twice to a row that two source rows match; BigQuery refuses such a MERGE, and so does this.
 * Conditions of single WHEN clauses are not looked at, so it is stricter than BigQuery where they would tell the source
 * rows apart.
 */
export async function checkMerge(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly BoundParameter[],
): Promise<void> {
  const tokens = tokenize(sql)
  if (tokens[0]?.upper !== 'MERGE') return
  const top = topLevel(tokens)
  const into = top.find(token => token.upper === 'INTO')
  const using = top.find(token => token.upper === 'USING')
  const when = top.findIndex(token => token.upper === 'WHEN')
  const end = top[when]
  if (!into || !using || !end || !hasMatchedClause(top)) return
  const target = sql.slice(into.end, using.start).trim()
  const alias = tokenize(target).at(-1)?.text ?? ''
  const matches = `SELECT 1 FROM ${target} JOIN ${sql.slice(using.end, end.start)} GROUP BY ${alias}.rowid HAVING count(*) > 1 LIMIT 1`
  const found = await execute(await prepare(connection, matches, parameters))
  if ((await found.fetchAllChunks()).some(chunk => chunk.rowCount > 0))
    throw invalidQuery('UPDATE/MERGE must match at most one source row for each target row')
}

function topLevel(tokens: readonly Token[]): Token[] {
  let depth = 0
  return tokens.filter(token => {
    if (token.text === ')') depth--
    const top = depth === 0
    if (token.text === '(') depth++
    return top
  })
}

function hasMatchedClause(tokens: readonly Token[]): boolean {
  return tokens.some((token, i) => token.upper === 'WHEN' && tokens[i + 1]?.upper === 'MATCHED')
}
