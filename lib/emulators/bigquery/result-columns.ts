import type {DuckDBType} from '@duckdb/node-api'
import type {Duck} from './database.ts'
import {resultField} from './duckdb-types.ts'
import {invalidQuery} from './errors.ts'
import type {TableField} from './table-field.ts'

/** DuckDB names an expression by its text; nothing that has a name looks like this. */
const EXPRESSION = /^[^\p{L}_]|[()[\]{}"'`,;*/\\.]|^NULL$/u

/** The schema of a query's result; expressions without a name are `f0_`, `f1_`, … as in BigQuery. */
export function resultColumns(duck: Duck, names: readonly string[], types: readonly DuckDBType[]): TableField[] {
  let anonymous = 0
  const fields = types.map((type, i) => {
    const given = names[i] ?? ''
    return resultField(duck, EXPRESSION.test(given) ? `f${anonymous++}_` : given, type)
  })
  const seen = new Set<string>()
  for (const {name} of fields) {
    if (seen.has(name.toLowerCase()))
      throw invalidQuery(`Duplicate column names in the result are not supported. Found duplicate(s): ${name}`)
    seen.add(name.toLowerCase())
  }
  return fields
}

/** True for a column that the query gave no name. */
export function isAnonymous(field: TableField): boolean {
  return /^f\d+_$/.test(field.name)
}
