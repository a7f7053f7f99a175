import {unsupportedSql} from '../../model/errors.ts'
import type {TableField} from '../../model/table-field.ts'
import type {Expr, Query, WindowSpec} from '../syntax/ast.ts'
import {fieldName, quoteText, type SqlType} from '../syntax/types.ts'
import {queryError, type Rows, type Typed} from './typed.ts'

/** Types and translates an expression. */
export type Analyze = (expr: Expr, scope: Scope) => Typed

/** A table that a statement names, as DuckDB has it. */
export interface FoundTable {
  /** Its full quoted name. */
  sql: string
  id: string
  fields: readonly TableField[]
  /** DuckDB's column behind _PARTITIONTIME, of a table partitioned by ingestion time. */
  ingestion?: string
}

/** What a whole statement is translated with. */
export interface Translation {
  sql: string
  lookUp(parts: readonly string[], access: 'read' | 'write'): FoundTable
  /** A query parameter by its name or number. Throws 400 when it is not given. */
  parameter(key: string | number): Typed
  /** Translates a query. */
  query(query: Query, parent: Scope | undefined, t: Translation, ctes?: ReadonlyMap<string, NamedQuery>): Rows
  /** Microseconds since the epoch. */
  now: bigint
  /** For names of its own. */
  counter: number
}

/** A column of what FROM gives. Without a name it can only be taken along by `*`. */
export interface Column extends Typed {
  name: string
  /** Found by its name only, not by `*`. */
  pseudo?: true
}

/** A name of FROM: a table, a subquery, an element of an array. */
export interface RangeVariable {
  alias: string
  columns: readonly Column[]
  /** What the name by itself stands for, when that is not a STRUCT of the columns. */
  value?: Typed
}

/** A query that WITH names. */
export interface NamedQuery {
  /** Its name in DuckDB. */
  sql: string
  columns: readonly {name: string; duck: string; type: SqlType}[]
}

/** What names mean at one place of a statement. */
export class Scope {
  readonly t: Translation
  readonly parent: Scope | undefined
  readonly ctes: ReadonlyMap<string, NamedQuery>
  variables: RangeVariable[] = []
  /** Columns that USING has merged. */
  merged = new Map<string, Column>()
  /** Columns of SELECT by their aliases, for the clauses that may use them; several under one name are ambiguous. */
  aliases = new Map<string, Typed[]>()
  windows = new Map<string, WindowSpec>()

  constructor(t: Translation, parent: Scope | undefined, ctes?: ReadonlyMap<string, NamedQuery>) {
    this.t = t
    this.parent = parent
    this.ctes = ctes ?? parent?.ctes ?? new Map()
  }

  /** A new name that no statement can have. */
  newName(): string {
    return `~${++this.t.counter}`
  }

  error(what: string, at: number) {
    return queryError(what, this.t.sql, at)
  }

  /** The value of `a.b.c`. Throws 400 `Unrecognized name`. */
  resolve(names: readonly string[], at: number): Typed {
    const found = this.find(names, at)
    if (found) return found
    throw this.error(`Unrecognized name: ${names.join('.')}`, at)
  }

  find(names: readonly string[], at: number): Typed | undefined {
    const key = (names[0] as string).toLowerCase()
    const [second] = names.slice(1)
    const variables = this.variables.filter(v => v.alias.toLowerCase() === key)
    if (second !== undefined && variables.length === 1) {
      const column = (variables[0] as RangeVariable).columns.filter(c => c.name.toLowerCase() === second.toLowerCase())
      if (column.length > 1) throw this.error(`Column name ${names.slice(0, 2).join('.')} is ambiguous`, at)
      if (column[0]) return this.#fields(column[0], names.slice(2), at)
    }
    const direct = this.#column(key, names[0] as string, at)
    if (direct) return this.#fields(direct, names.slice(1), at)
    const [variable] = variables
    if (variable) {
      if (variables.length > 1) throw this.error(`Name ${names[0]} is ambiguous`, at)
      return this.#fields(wholeOf(variable), names.slice(1), at)
    }
    return this.parent?.find(names, at)
  }

  #column(key: string, shown: string, at: number): Typed | undefined {
    const aliased = this.aliases.get(key)
    if (aliased) {
      if (aliased.length > 1) throw this.error(`Column name ${shown} is ambiguous`, at)
      return aliased[0]
    }
    const merged = this.merged.get(key)
    if (merged) return merged
    const columns = this.variables.flatMap(v => v.columns.filter(c => c.name.toLowerCase() === key))
    if (columns.length > 1) throw this.error(`Column name ${shown} is ambiguous`, at)
    return columns[0]
  }

  #fields(base: Typed, names: readonly string[], at: number): Typed {
    return names.reduce((typed, name) => fieldOf(this, typed, name, at), base)
  }
}

/** The field of a STRUCT, or of a JSON object. */
export function fieldOf(scope: Scope, base: Typed, name: string, at: number): Typed {
  const {type} = base
  if (type.kind === 'JSON') return {sql: `bq_json_field(${base.sql}, ${quoteText(name)})`, type, name}
  if (type.kind !== 'STRUCT') {
    if (type.kind === 'ARRAY')
      throw scope.error(
        `Cannot access field ${name} on a value with type ARRAY; UNNEST the array, or take an element`,
        at,
      )
    throw scope.error(`Cannot access field ${name} on a value with type ${type.kind}`, at)
  }
  const matches = type.fields.flatMap((field, i) =>
    field.name.toLowerCase() === name.toLowerCase() ? [{field, i}] : [],
  )
  const [match] = matches
  if (!match) throw scope.error(`Field name ${name} does not exist in the STRUCT`, at)
  if (matches.length > 1) throw scope.error(`Struct field name ${name} is ambiguous`, at)
  const {field, i} = match
  return {sql: `struct_extract(${base.sql}, ${quoteText(fieldName(field, i))})`, type: field.type, name: field.name}
}

/** A range variable used as a value. */
function wholeOf(variable: RangeVariable): Typed {
  if (variable.value) return variable.value
  const named = variable.columns.filter(c => c.name && !c.pseudo)
  if (new Set(named.map(c => c.name.toLowerCase())).size < named.length)
    throw unsupportedSql(`the row ${variable.alias} as a value, with two columns of one name,`)
  const pack = named.map(c => `"${c.name.replaceAll('"', '""')}" := ${c.sql}`).join(', ')
  return {
    sql: `struct_pack(${pack})`,
    type: {kind: 'STRUCT', fields: named.map(({name, type}) => ({name, type}))},
    name: variable.alias,
  }
}
