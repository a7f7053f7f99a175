import {invalidQuery} from '../../model/errors.ts'
import type {TableField} from '../../model/table-field.ts'
import {condition} from '../functions/functions-special.ts'
import type {From, MergeClause, Statement, Target} from '../syntax/ast.ts'
import {parseStatement} from '../syntax/parse-statement.ts'
import {INT64, quoteId, type SqlType} from '../syntax/types.ts'
import {type FoundTable, type RangeVariable, Scope, type Translation} from '../typing/scope.ts'
import {asTable, type Rows} from '../typing/typed.ts'
import {assign, assignments, findField} from './assign.ts'
import {analyze} from './expressions.ts'
import {analyzeFrom, tableVariable} from './from.ts'
import {analyzeQuery} from './queries.ts'

/** A column of a query's result; without a name it becomes `f0_`, `f1_`, …. */
export interface ResultColumn {
  name: string
  type: SqlType
}

/** A statement in DuckDB's SQL. */
export interface Translated {
  sql: string
  kind: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE_TABLE' | 'MERGE'
  /** The result's columns; none for statements that change rows. */
  columns: ResultColumn[]
  /** A query that gives a row when a row of the target would be changed by two rows of the source. */
  check: string | undefined
}

/** Translates a statement. Throws 400 for invalid GoogleSQL, and for what is not supported here. */
export function translateStatement(given: Omit<Translation, 'query' | 'counter'>): Translated {
  const t: Translation = {...given, query: analyzeQuery, counter: 0}
  const statement = parseStatement(t.sql)
  if (statement.k === 'query') {
    const rows = analyzeQuery(asTable(statement.query), undefined, t)
    return {sql: rows.sql, kind: 'SELECT', columns: resultColumns(rows), check: undefined}
  }
  const table = t.lookUp(statement.target.parts, 'write')
  switch (statement.k) {
    case 'insert':
      return change('INSERT', insert(statement, table, t))
    case 'truncate':
      return change('TRUNCATE_TABLE', `DELETE FROM ${table.sql}`)
    case 'delete': {
      const {scope, alias} = targetScope(t, statement.target, table)
      const where = condition(scope, analyze(statement.where, scope), 'WHERE clause', statement.where.at)
      return change('DELETE', `DELETE FROM ${table.sql} AS ${quoteId(alias)} WHERE ${where}`)
    }
    case 'update':
      return update(statement, table, t)
    case 'merge':
      return merge(statement, table, t)
  }
}

function change(kind: Translated['kind'], sql: string, check?: string): Translated {
  return {sql, kind, columns: [], check}
}

function resultColumns(rows: Rows): ResultColumn[] {
  return rows.columns.map(({name, typed}) => ({name, type: typed.type.kind === 'NULL' ? INT64 : typed.type}))
}

function targetScope(t: Translation, target: Target, table: FoundTable) {
  const scope = new Scope(t, undefined)
  const alias = target.alias ?? table.id
  const variable = tableVariable(alias, table)
  scope.variables.push(variable)
  return {scope, alias, variable}
}

function insert(statement: Extract<Statement, {k: 'insert'}>, table: FoundTable, t: Translation): string {
  const scope = new Scope(t, undefined)
  const {at} = statement.target
  const fields = statement.columns ? named(scope, statement.columns, table.fields, at) : [...table.fields]
  const omitted = table.fields.filter(field => field.mode === 'REPEATED' && !fields.includes(field))
  const names = [...fields, ...omitted].map(field => quoteId(field.name)).join(', ')
  const rest = omitted.map(field => `, ${assign(scope, field, undefined, 'inserted', at)}`).join('')
  const into = `INSERT INTO ${table.sql} (${names})`
  if (statement.rows) {
    const rows = statement.rows.map(row => {
      checkCount(row.length, fields.length)
      const cells = row.map((expr, i) =>
        assign(scope, fields[i] as TableField, expr && analyze(expr, scope), 'inserted', expr?.at ?? at),
      )
      return `(${cells.join(', ')}${rest})`
    })
    return `${into} VALUES ${rows.join(', ')}`
  }
  if (!statement.query) throw invalidQuery('Syntax error: INSERT needs VALUES or a query')
  const rows = analyzeQuery(asTable(statement.query), undefined, t)
  checkCount(rows.columns.length, fields.length)
  const alias = quoteId(scope.newName())
  const cells = rows.columns.map(({duck, typed: {type, literal, text}}, i) => {
    const value = {sql: `${alias}.${quoteId(duck)}`, type, ...(literal && {literal}), ...(text !== undefined && {text})}
    return assign(scope, fields[i] as TableField, value, 'inserted', at)
  })
  return `${into} SELECT ${cells.join(', ')}${rest} FROM (${rows.sql}) AS ${alias}`
}

/** A query's rows as values for the columns of a table, which are found by their names. */
export function rowsForTable(
  columns: readonly ResultColumn[],
  sql: string,
  fields: readonly TableField[],
): {names: string[]; sql: string} {
  const scope = new Scope(
    {sql: '', lookUp: unexpected, parameter: unexpected, query: analyzeQuery, now: 0n, counter: 0},
    undefined,
  )
  const targets = columns.map(({name}) => {
    const field = findField(fields, name)
    if (!field) throw invalidQuery(`Invalid schema update. Cannot add fields (field: ${name})`)
    return field
  })
  const omitted = fields.filter(field => field.mode === 'REPEATED' && !targets.includes(field))
  const cells = targets.map((field, i) => {
    const {name, type} = columns[i] as ResultColumn
    return assign(scope, field, {sql: `"~rows".${quoteId(name)}`, type}, 'inserted', 0)
  })
  const empty = omitted.map(field => assign(scope, field, undefined, 'inserted', 0))
  return {
    names: [...targets, ...omitted].map(field => field.name),
    sql: `SELECT ${[...cells, ...empty].join(', ')} FROM (${sql}) AS "~rows"`,
  }
}

function unexpected(): never {
  throw new Error('a name in a table that is only written to')
}

function named(scope: Scope, columns: readonly string[], fields: readonly TableField[], at: number): TableField[] {
  const found = columns.map(name => {
    const field = findField(fields, name)
    if (!field) throw scope.error(`Column ${name} is not present in the table`, at)
    return field
  })
  const twice = found.find((field, i) => found.indexOf(field) < i)
  if (twice) throw scope.error(`INSERT has columns with duplicate name: ${twice.name}`, at)
  return found
}

function checkCount(given: number, wanted: number): void {
  if (given !== wanted) throw invalidQuery(`Inserted row has wrong column count; Has ${given}, expected ${wanted}`)
}

function update(statement: Extract<Statement, {k: 'update'}>, table: FoundTable, t: Translation): Translated {
  const {scope, alias} = targetScope(t, statement.target, table)
  const from = statement.from && analyzeFrom(statement.from, scope)
  const set = assignments(scope, statement.set, table.fields, alias)
  const where = condition(scope, analyze(statement.where, scope), 'WHERE clause', statement.where.at)
  const target = `${table.sql} AS ${quoteId(alias)}`
  const sql = `UPDATE ${target} SET ${set}${from ? ` FROM ${from}` : ''} WHERE ${where}`
  const check = from && doubleMatch(target, alias, from, where)
  return change('UPDATE', sql, check)
}

/** DuckDB changes a row once for each match, or by any of them; BigQuery refuses. */
function doubleMatch(target: string, alias: string, source: string, on: string): string {
  return `SELECT 1 FROM ${target} CROSS JOIN ${source} WHERE ${on} GROUP BY ${quoteId(alias)}.rowid HAVING count(*) > 1 LIMIT 1`
}

function merge(statement: Extract<Statement, {k: 'merge'}>, table: FoundTable, t: Translation): Translated {
  const {scope: both, alias, variable} = targetScope(t, statement.target, table)
  const source = analyzeFrom(statement.source as From, both)
  const on = condition(both, analyze(statement.on, both), 'ON', statement.on.at)
  const only = (variables: RangeVariable[]) => {
    const scope = new Scope(t, undefined)
    scope.variables = variables
    return scope
  }
  const fromSource = only(both.variables.slice(1))
  const fromTarget = only([variable])
  const matching: string[] = []
  const clauses = statement.clauses.map(clause => {
    const scope =
      clause.matched === 'MATCHED' ? both : clause.matched === 'NOT MATCHED BY TARGET' ? fromSource : fromTarget
    const when = clause.condition && condition(scope, analyze(clause.condition, scope), 'AND', clause.condition.at)
    if (clause.matched === 'MATCHED') matching.push(when ?? 'true')
    return `WHEN ${clause.matched}${when ? ` AND ${when}` : ''} THEN ${mergeAction(clause, scope, table, alias)}`
  })
  const target = `${table.sql} AS ${quoteId(alias)}`
  const sql = `MERGE INTO ${target} USING ${source} ON ${on} ${clauses.join(' ')} RETURNING merge_action`
  const check =
    matching.length > 0 ? doubleMatch(target, alias, source, `${on} AND (${matching.join(' OR ')})`) : undefined
  return change('MERGE', sql, check)
}

function mergeAction(clause: MergeClause, scope: Scope, table: FoundTable, alias: string): string {
  const {action, at} = clause
  if (action.k === 'delete') return 'DELETE'
  if (action.k === 'update') return `UPDATE SET ${assignments(scope, action.set, table.fields, alias)}`
  const fields =
    action.k === 'insert' && action.columns ? named(scope, action.columns, table.fields, at) : [...table.fields]
  const values =
    action.k === 'insert'
      ? (action.rows[0] ?? []).map(expr => expr && analyze(expr, scope))
      : scope.variables.flatMap(v => v.columns.filter(c => !c.pseudo))
  checkCount(values.length, fields.length)
  const omitted = table.fields.filter(field => field.mode === 'REPEATED' && !fields.includes(field))
  const cells = [...fields, ...omitted].map((field, i) => assign(scope, field, values[i], 'inserted', at))
  return `INSERT (${[...fields, ...omitted].map(field => quoteId(field.name)).join(', ')}) VALUES (${cells.join(', ')})`
}

/** The field of a table that a result's column becomes. */
export function fieldOfType(name: string, type: SqlType): TableField {
  if (type.kind === 'ARRAY') return {...fieldOfType(name, type.element), mode: 'REPEATED'}
  if (type.kind === 'STRUCT') {
    const fields = type.fields.map((field, i) => fieldOfType(field.name || `_field_${i + 1}`, field.type))
    return {name, type: 'RECORD', mode: 'NULLABLE', fields}
  }
  const names: Record<string, TableField['type']> = {
    INT64: 'INTEGER',
    FLOAT64: 'FLOAT',
    BOOL: 'BOOLEAN',
    NULL: 'INTEGER',
  }
  return {name, type: names[type.kind] ?? (type.kind as TableField['type']), mode: 'NULLABLE'}
}
