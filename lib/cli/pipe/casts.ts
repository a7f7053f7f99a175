import {automatic, type CsvCast, FIELD_TYPE_NAMES, type FieldConversion, fieldConversion} from '../../formats/index.ts'
import {UsageError} from '../report/exit.ts'

/** Casts by field; if one throws, the record is set aside. */
type FieldCasts = Readonly<Record<string, FieldConversion>>

/** What `--cast` asks for. */
export interface Casts {
  readonly fields: FieldCasts
  /** `auto`: every other field becomes a number or boolean if its text is one. */
  readonly auto: boolean
  /** Fields whose type is STRING: text in them is never a number. */
  readonly strings: ReadonlySet<string>
}

/**
 * Parses `--cast total:FLOAT64,at:TIMESTAMP` and `--cast auto`.
 *
 * @param table true for CSV or TSV, whose fields are text
 */
export function checkCasts(given: readonly string[], table: boolean): Casts {
  const parts = given.flatMap(list => list.split(',')).map(part => part.trim())
  const auto = parts.some(isAuto)
  if (auto && !table) throw new UsageError('--cast auto applies to CSV and TSV: JSON values already have types')
  const pairs = parts.filter(part => !isAuto(part)).map(pairOf)
  const strings = parts.filter(part => /:\s*string$/i.test(part)).map(part => pairOf(part)[0])
  return {fields: Object.fromEntries(pairs), auto, strings: new Set(strings)}
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

/** The casts in the form that the CSV reader takes; undefined if there are none. */
export function csvCasts({fields, auto}: Casts): CsvCast | undefined {
  if (!auto) return Object.keys(fields).length > 0 ? fields : undefined
  const byColumn = new Map(Object.entries(fields))
  return (text, {column}) => {
    const cast = byColumn.get(column)
    return cast ? cast(text) : scalar(text)
  }
}

/** Text that JSON would print identically for a number or boolean becomes that; anything else, `00123` included, stays text. */
function scalar(text: string): unknown {
  return text === 'true' ? true : text === 'false' ? false : automatic(text)
}

/** The record with its fields cast; missing fields are skipped. */
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
