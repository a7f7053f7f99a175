import {FIELD_TYPE_NAMES, type FieldConversion, fieldConversion} from '../formats/index.ts'
import {UsageError} from './exit.ts'

/** Casts by field; what one throws makes the record one to set aside. */
export type FieldCasts = Readonly<Record<string, FieldConversion>>

/** The casts of `--cast total:FLOAT64,at:TIMESTAMP`. */
export function checkCasts(given: readonly string[]): FieldCasts {
  const pairs = given
    .flatMap(list => list.split(','))
    .map(pair => {
      const colon = pair.lastIndexOf(':')
      const cast = fieldConversion(pair.slice(colon + 1))
      if (colon < 1 || !cast)
        throw new UsageError(`--cast has '${pair}'; give field:TYPE, with one of ${FIELD_TYPE_NAMES.join(', ')}`)
      return [pair.slice(0, colon).trim(), cast] as const
    })
  return Object.fromEntries(pairs)
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
