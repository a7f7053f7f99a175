import {badOption, show} from '../../../errors/index.ts'
import {automatic, FIELD_TYPE_NAMES, type FieldTypeName, fieldConversion} from '../../types/field-types.ts'

/** Where the field that is cast stands. */
export interface CsvCastContext {
  readonly file: string
  readonly column: string
  /** Position of the column in the file, from 0. */
  readonly index: number
}

/** Makes a value of a field's text; what it throws makes the record a bad one. */
export type CsvCastFunction = (text: string, context: CsvCastContext) => unknown

/** Casts by name: BigQuery's types, with JavaScript's as aliases; see `cast` in `CsvOptions`. */
export type CsvCastName = FieldTypeName

/** By column, for all columns, or `true`: see `cast` in `CsvOptions`. */
export type CsvCast = true | CsvCastFunction | {readonly [column: string]: CsvCastName | CsvCastFunction | undefined}

/** What the fields of columns become: those that are not in the map stay text. */
export type CsvCasts = true | CsvCastFunction | ReadonlyMap<string, CsvColumnCast>

/** What a field of one column becomes. */
export interface CsvColumnCast {
  readonly cast: CsvCastFunction
  /** It is a type of the table, in which a blank field is null; undefined for a function of the user's. */
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

/** The cast to the type of that name; undefined when there is no such type. */
export function typeCast(name: string): CsvColumnCast | undefined {
  const cast = fieldConversion(name)
  return cast && {cast, type: name}
}

/** The function that casts `column`, or undefined when its text stays as it is. */
export function castOf(casts: CsvCasts | undefined, column: string): CsvColumnCast | undefined {
  if (casts === undefined) return undefined
  if (casts === true) return {cast: automatic as CsvCastFunction, type: undefined}
  if (typeof casts === 'function') return {cast: casts, type: undefined}
  return casts.get(column)
}
