import {messageOf, SluiceError} from '../../errors/index.ts'
import {Glob, type GlobOptions} from '../../util/index.ts'

const GLOB = /(?<!\\)[*?[\]{}]/

/** True if a path has a glob character (`*`, `?`, `[…]`, `{…}`) that no backslash escapes. */
export function isGlob(path: string): boolean {
  return GLOB.test(path)
}

/** The path that a pattern without glob characters means: backslashes before glob characters are removed. */
export function unescapeGlob(path: string): string {
  return path.replace(/\\([*?[\]{}\\])/g, '$1')
}

/** The prefix of every match: the pattern up to its first glob character. */
export function literalPrefix(pattern: string): string {
  const at = pattern.search(GLOB)
  return unescapeGlob(at < 0 ? pattern : pattern.slice(0, at))
}

/** A pattern in two parts: the folder that holds all matches (with its `/`, empty for the current one), and the rest. */
export function splitGlob(pattern: string): {folder: string; rest: string} {
  const at = pattern.lastIndexOf('/', pattern.search(GLOB)) + 1
  return {folder: unescapeGlob(pattern.slice(0, at)), rest: pattern.slice(at)}
}

/** The matcher of a pattern; ERR_SLUICE_OPTION if the pattern is invalid. */
export function globOf(pattern: string, options?: GlobOptions): Glob {
  try {
    return new Glob(pattern, options)
  } catch (cause) {
    throw new SluiceError('ERR_SLUICE_OPTION', `The pattern '${pattern}' cannot be used: ${messageOf(cause)}`, {cause})
  }
}

/** Sorts by the UTF-8 bytes of the names, which is how Cloud Storage lists. */
export function sortByName<T extends {readonly path: string}>(files: T[]): T[] {
  const keyed = files.map(file => ({file, key: Buffer.from(file.path)}))
  keyed.sort((a, b) => Buffer.compare(a.key, b.key))
  return keyed.map(({file}) => file)
}
