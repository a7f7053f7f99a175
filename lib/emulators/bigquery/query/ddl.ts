import {ApiError} from '../../service/api-error.ts'
import type {Context} from '../catalog/context.ts'
import {type Token, tokenize} from '../googlesql/syntax/lexer.ts'
import {invalid, invalidQuery, unsupportedSql} from '../model/errors.ts'
import {isTableId, resourceName} from '../model/names.ts'
import {readPath, resolvePath, type TablePath} from '../model/sql-path.ts'
import {checkDatasetId} from '../tables/datasets.ts'
import {parseColumns} from './ddl-columns.ts'
import {bindParameters} from './query-parameters.ts'
import type {QueryRequest} from './query-request.ts'
import {nothing, type QueryResult, type Use} from './statement.ts'
import {translate} from './translate.ts'
import {writeDestination} from './write-destination.ts'

/**
 * `CREATE SCHEMA [IF NOT EXISTS] d`, `CREATE [OR REPLACE] TABLE [IF NOT EXISTS] t (columns)`, the same `AS query`, and
 * `DROP TABLE [IF EXISTS] t`. Types are BigQuery's, so that the table is the same as one made through `tables.insert`. Any
 * other DDL is refused.
 */
export async function runDdl(context: Context, request: QueryRequest, use: Use): Promise<QueryResult> {
  const {query} = request
  const tokens = tokenize(query)
  if (tokens.at(-1)?.text === ';') tokens.pop()
  const words = new Words(tokens)
  const verb = words.next()
  const replace = verb === 'CREATE' && words.accept('OR', 'REPLACE')
  if (verb === 'CREATE' && !replace && words.accept('SCHEMA')) return createSchema(context, request, tokens, words)
  if (verb === 'ALTER' || !words.accept('TABLE'))
    throw unsupportedSql(
      `the statement ${verb} ${words.peek() ?? ''} (only CREATE SCHEMA, CREATE TABLE and DROP TABLE are)`,
    )
  const ifExists = verb === 'DROP' ? words.accept('IF', 'EXISTS') : words.accept('IF', 'NOT', 'EXISTS')
  const {path, rest} = target(request, tokens, words.index)
  const done = (statementType: string): QueryResult => ({...nothing(), statementType, tables: [path]})

  if (verb === 'DROP') {
    if (rest.length > 0) throw invalidQuery(`Syntax error: Unexpected ${rest[0]?.text}`)
    request.authorize('bigquery.tables.delete', resourceName.table(path.project, path.dataset, path.table))
    if (!request.dryRun) await drop(context, path, ifExists)
    return done('DROP_TABLE')
  }
  request.authorize('bigquery.tables.create', resourceName.dataset(path.project, path.dataset))
  if (!isTableId(path.table)) throw invalid(`Invalid table ID "${path.table}".`)
  const {columns, select} = definition(rest)
  const dataset = context.catalog.dataset(path.project, path.dataset)
  const statementType = select ? 'CREATE_TABLE_AS_SELECT' : 'CREATE_TABLE'
  if ((ifExists && dataset.tables.has(path.table)) || request.dryRun) return done(statementType)
  if (columns && select) throw unsupportedSql('CREATE TABLE with columns and AS')

  if (select) {
    const parameters = bindParameters(context.db.duck, request.parameters)
    const translated = translate(context, request, query.slice(select.start), parameters)
    if (translated.kind !== 'SELECT') throw invalidQuery('Syntax error: Expected a query behind AS')
    const write = replace ? 'WRITE_TRUNCATE' : 'WRITE_NEW'
    const destination = {path, create: 'CREATE_IF_NEEDED', write} as const
    await context.db.write(connection =>
      use(connection, () => writeDestination(context, connection, request, destination, translated, parameters)),
    )
    return done(statementType)
  }
  if (!columns) throw invalidQuery('Syntax error: CREATE TABLE needs columns or AS with a query')
  const fields = parseColumns(columns)
  if (replace) await drop(context, path, true)
  await context.catalog.createTable(dataset, path.table, fields, {})
  return done(statementType)
}

async function createSchema(
  {catalog}: Context,
  request: QueryRequest,
  tokens: readonly Token[],
  words: Words,
): Promise<QueryResult> {
  const ifNotExists = words.accept('IF', 'NOT', 'EXISTS')
  const at = tokens[words.index]
  const found = at && readPath(request.query, at.start)
  if (!found) throw invalidQuery('Syntax error: Expected the name of a dataset')
  const next = tokens.find(token => token.start >= found.end)
  if (next) throw unsupportedSql(`${next.upper} in CREATE SCHEMA (use datasets.insert instead)`)
  const project = found.parts.slice(0, -1).join('.') || request.defaults.project
  request.authorize('bigquery.datasets.create', resourceName.project(project))
  const id = checkDatasetId(found.parts.at(-1))
  const there = ifNotExists && catalog.datasets(project).some(dataset => dataset.id === id)
  if (!there && !request.dryRun) await catalog.createDataset(project, id, {location: 'US'})
  return {...nothing(), statementType: 'CREATE_SCHEMA'}
}

async function drop({catalog}: Context, path: TablePath, ifExists: boolean): Promise<void> {
  try {
    await catalog.deleteTable(catalog.table(path.project, path.dataset, path.table))
  } catch (error) {
    if (!(ifExists && error instanceof ApiError && error.reason === 'notFound')) throw error
  }
}

function target(request: QueryRequest, tokens: readonly Token[], index: number) {
  const at = tokens[index]
  const found = at && readPath(request.query, at.start)
  if (!found) throw invalidQuery('Syntax error: Expected a table name')
  return {path: resolvePath(found.parts, request.defaults), rest: tokens.filter(token => token.start >= found.end)}
}

/** Splits what follows the table's name into its columns and the first token of its query. */
function definition(rest: readonly Token[]): {columns: Token[] | undefined; select: Token | undefined} {
  let columns: Token[] | undefined
  let at = 0
  if (rest[0]?.text === '(') {
    let depth = 0
    at = rest.findIndex(token => {
      if (token.text === '(') depth++
      return token.text === ')' && --depth === 0
    })
    if (at < 0) throw invalidQuery('Syntax error: Unclosed (')
    columns = rest.slice(1, at)
    at++
  }
  const next = rest[at]
  if (!next) return {columns, select: undefined}
  if (next.upper !== 'AS') throw unsupportedSql(`${next.upper} in CREATE TABLE (use tables.insert instead)`)
  return {columns, select: rest[at + 1]}
}

/** Walks over the words at the front of a statement. */
class Words {
  readonly #tokens: readonly Token[]
  index = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  next(): string {
    return this.#tokens[this.index++]?.upper ?? ''
  }

  peek(): string | undefined {
    return this.#tokens[this.index]?.upper
  }

  accept(...words: string[]): boolean {
    if (!words.every((word, i) => this.#tokens[this.index + i]?.upper === word)) return false
    this.index += words.length
    return true
  }
}
