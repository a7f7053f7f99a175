import {resolve} from 'node:path'
import type {FileInfo, FileSystem} from '../system/file-system.ts'
import {isGcs} from './files.ts'

/**
 * The files of several patterns, in the order of the patterns; a file that two patterns match is yielded once.
 *
 * @param unmatched called if a pattern matches nothing or cannot be matched; without it that is an error
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
      const place = canonicalPath(file.path)
      if (!found.has(place)) found.set(place, file)
    }
  }
  return found
}

/** The path of a file in one spelling, however the pattern spells it. */
export function canonicalPath(path: string): string {
  return isGcs(path) ? path : resolve(path)
}
