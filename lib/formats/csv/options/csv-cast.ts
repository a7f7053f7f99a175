import {badOption, show} from '../../../errors/index.ts'
import {automatic, FIELD_TYPE_NAMES, type FieldTypeName, fieldConversion} from '../../types/field-types.ts'

/** The place of the field that is cast. */
export interface CsvCastContext {
  readonly file: string
  readonly column: string
  /** Position of the column in the file, from 0. */
  readonly index: number
}

/** Converts the text of a field to a value; if it throws, the record is malformed. */
export type CsvCastFunction = (text: string, context: CsvCastContext) => unknown

/** Casts by name: BigQuery's types, with JavaScript's as aliases; see `cast` in `CsvOptions`. */
export type CsvCastName = FieldTypeName

/** By column, for all columns, or `true`: see `cast` in `CsvOptions`. */
export type CsvCast = true | CsvCastFunction | {readonly [column: string]: CsvCastName | CsvCastFunction | undefined}

/** How the fields of columns are cast; columns that are not in the map stay text. */
export type CsvCasts = true | CsvCastFunction | ReadonlyMap<string, CsvColumnCast>

/** How the fields of one column are cast. */
export interface CsvColumnCast {
  readonly cast: CsvCastFunction
  /** The name of a type, for which a blank field is null; undefined for a user's function. */
  readonly type: string | undefined
}

const ALLOWED = `true, a function, or an object of column names with a function or one of ${FIELD_TYPE_NAMES.join(', ')} each`

/** Checks the `cast` option. */
export function checkCast(where: string, cast: unknown): CsvCasts | undefined {
  if (cast === undefined || cast === false) return undefined
  if (cast === true || typeof cast === 'function') return cast as true | CsvCastFunction
  if (typeof cast !== 'object' || cast === null || Array.isArray(cast)) throw badOption(where, 'cast', cast, ALLOWED)
  const casts = new Map<string, CsvColumnCast>()
  for (const [column, given] of Object.entries(cast)) {
    if (given === undefined) continue
    if (typeof given === 'function') {
      casts.set(column, {cast: given as CsvCastFunction, type: undefined})
      continue
    }
    const found = typeof given === 'string' ? typeCast(given) : undefined
    if (found === undefined)
      throw badOption(where, `cast[${show(column)}]`, given, `a function or one of ${FIELD_TYPE_NAMES.join(', ')}`)
    casts.set(column, found)
  }
  return casts
}

/** The cast to the type of that name; undefined if there is no such type. */
export function typeCast(name: string): CsvColumnCast | undefined {
  const cast = fieldConversion(name)
  return cast && {cast, type: name}
}

/** The cast of `column`, or undefined if its text stays as it is. */
export function castOf(casts: CsvCasts | undefined, column: string): CsvColumnCast | undefined {
  if (casts === undefined) return undefined
  if (casts === true) return {cast: automatic as CsvCastFunction, type: undefined}
  if (typeof casts === 'function') return {cast: casts, type: undefined}
  return casts.get(column)
}
