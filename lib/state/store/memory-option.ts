import {DEFAULTS} from '../../core/index.ts'
import {badOption} from '../../errors/index.ts'
import {parseSize, SIZE_FORMS, type Size} from '../../util/index.ts'

/** Less than this leaves no room for the buffers of what is written. */
export const LEAST_MEMORY = 1_000_000

/** Checks the option `memory` and returns it in bytes. */
export function memoryOption(where: string, given: Size | undefined): number {
  if (given === undefined) return DEFAULTS.memory
  const bytes = parseSize(given)
  if (bytes === undefined || bytes < LEAST_MEMORY)
    throw badOption(where, 'memory', given, `${SIZE_FORMS}, at least 1MB`)
  return bytes
}
