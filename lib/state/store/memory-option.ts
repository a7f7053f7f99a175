import {badOption} from '../../errors/index.ts'
import {parseSize, SIZE_FORMS, type Size} from '../../util/index.ts'

/** What a stage with state keeps in memory before it writes to disk, bytes. */
export const DEFAULT_MEMORY = 256_000_000

/** Less than this leaves no room for the buffers of what is written. */
export const LEAST_MEMORY = 1_000_000

/** Checks the option `memory` and returns it in bytes. */
export function memoryOption(where: string, given: Size | undefined): number {
  if (given === undefined) return DEFAULT_MEMORY
  const bytes = parseSize(given)
  if (bytes === undefined || bytes < LEAST_MEMORY)
    throw badOption(where, 'memory', given, `${SIZE_FORMS}, at least 1MB`)
  return bytes
}
