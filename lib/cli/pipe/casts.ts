import {automatic, type CsvCast, FIELD_TYPE_NAMES, type FieldConversion, fieldConversion} from '../../formats/index.ts'
import {UsageError} from '../report/exit.ts'

/** Casts by field; what one throws makes the record one to set aside. */
export type FieldCasts = Readonly<Record<string, FieldConversion>>

/** What `--cast` asks for. */
export interface Casts {
  readonly fields: FieldCasts
  /** `auto`: all other fields become numbers and booleans where their text is one. */
  readonly auto: boolean
}

/**
 * The casts of `--cast total:FLOAT64,at:TIMESTAMP` and of `--cast auto`.
 *
 * @param table records are CSV or TSV, whose fields are text
 */
export function checkCasts(given: readonly string[], table: boolean): Casts {
  const parts = given.flatMap(list => list.split(',')).map(part => part.trim())
  const auto = parts.some(isAuto)
  if (auto && !table) throw new UsageError('--cast auto is about CSV and TSV: values of JSON have their types already')
  const pairs = parts.filter(part => !isAuto(part)).map(pairOf)
  return {fields: Object.fromEntries(pairs), auto}
}

function isAuto(part: string): boolean {
  return part.toLowerCase() === 'auto'
}

function pairOf(pair: string): readonly [string, FieldConversion] {
  const colon = pair.lastIndexOf(':')
  const cast = fieldConversion(pair.slice(colon + 1))
  if (colon < 1 || !cast)
    throw new UsageError(
      `--cast has '${pair}'; give field:TYPE, with one of ${FIELD_TYPE_NAMES.join(', ')}, or auto for all fields`,
    )
  return [pair.slice(0, colon).trim(), cast]
}

/** The casts as the reader of CSV takes them; undefined: none. */
export function csvCasts({fields, auto}: Casts): CsvCast | undefined {
  if (!auto) return Object.keys(fields).length > 0 ? fields : undefined
  const byColumn = new Map(Object.entries(fields))
  return (text, {column}) => {
    const cast = byColumn.get(column)
    return cast ? cast(text) : scalar(text)
  }
}

/** A text that JSON would write in the same way for a number or a boolean is that; all else stays text, `00123` too. */
function scalar(text: string): unknown {
  return text === 'true' ? true : text === 'false' ? false : automatic(text)
}

/** The record with its fields cast; fields that it has not are left alone. */
export function castFields(casts: FieldCasts, record: Record<string, unknown>): Record<string, unknown> {
  const row = {...record}
  for (const [field, cast] of Object.entries(casts)) {
    if (!Object.hasOwn(row, field)) continue
    try {
      row[field] = cast(row[field])
    } catch (error) {
      throw new Error(`field '${field}': ${(error as Error).message}`)
    }
  }
  return row
}
