import {badOption} from '../../errors/index.ts'
import {DURATION_FORMS, parseDuration} from '../../util/index.ts'
import {floorModulo} from './window-cache.ts'

/** No window is longer than this: half of all time. */
const MAX_SPAN = 4_320_000_000_000_000

/** Checks a length of event time: whole milliseconds, at least 1. */
export function spanOption(where: string, option: string, given: unknown): number {
  const ms = parseDuration(given)
  if (ms === undefined || !Number.isInteger(ms) || ms < 1 || ms > MAX_SPAN)
    throw badOption(where, option, given, `${DURATION_FORMS}: whole milliseconds, at least 1`)
  return ms
}

/** Checks an offset of borders that come every `period`: whole milliseconds, which may be negative; default 0. */
export function offsetOption(where: string, given: unknown, period: number): number {
  if (given === undefined) return 0
  const negative = typeof given === 'number' ? given < 0 : typeof given === 'string' && given.startsWith('-')
  const ms = parseDuration(negative ? (typeof given === 'number' ? -given : (given as string).slice(1)) : given)
  if (ms === undefined || !Number.isInteger(ms) || ms > MAX_SPAN)
    throw badOption(where, 'offset', given, `${DURATION_FORMS}: whole milliseconds, '-8h' too`)
  return floorModulo(negative ? -ms : ms, period)
}
