import {badOption} from '../../errors/index.ts'
import {DURATION_FORMS, parseDuration} from '../../util/index.ts'

/** No window is longer: more would not fit into time twice. */
const MAX_SPAN = 4_320_000_000_000_000

/** Checks a length of event time: whole milliseconds, at least `min`. */
export function spanOption(where: string, option: string, given: unknown, min = 1): number {
  const ms = parseDuration(given)
  if (ms === undefined || !Number.isInteger(ms) || ms < min || ms > MAX_SPAN)
    throw badOption(where, option, given, `${DURATION_FORMS}: whole milliseconds, at least ${min}`)
  return ms
}
