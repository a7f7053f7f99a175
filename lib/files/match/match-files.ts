import {resolve} from 'node:path'
import type {FileInfo, FileSystem} from '../system/file-system.ts'
import {isGcs} from './files.ts'

/**
 * The files of several patterns, in their order; a file that two patterns match is given once.
 *
 * @param unmatched what to do when a pattern matches nothing or cannot be matched, which otherwise fails
 */
export async function matchFiles(
  files: FileSystem,
  patterns: readonly string[],
  signal: AbortSignal,
  unmatched?: (error: unknown) => void,
): Promise<Map<string, FileInfo>> {
  const found = new Map<string, FileInfo>()
  for (const pattern of patterns) {
    const matched = unmatched
      ? await files.match(pattern, signal).catch(error => {
          unmatched(error)
          return []
        })
      : await files.match(pattern, signal)
    for (const file of matched) {
      const place = placeOf(file.path)
      if (!found.has(place)) found.set(place, file)
    }
  }
  return found
}

/** A file's path, however a pattern spells it. */
export function placeOf(path: string): string {
  return isGcs(path) ? path : resolve(path)
}
