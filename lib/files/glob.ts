const GLOB = /(?<!\\)[*?[\]{}]/

/** True when a path has a glob character (`*`, `?`, `[…]`, `{…}`) that no backslash takes back. */
export function isGlob(path: string): boolean {
  return GLOB.test(path)
}

/** The path that a pattern without glob characters means: backslashes before glob characters are taken off. */
export function unescapeGlob(path: string): string {
  return path.replace(/\\([*?[\]{}\\])/g, '$1')
}

/** What every match begins with: the pattern up to its first glob character. */
export function literalPrefix(pattern: string): string {
  const at = pattern.search(GLOB)
  return unescapeGlob(at < 0 ? pattern : pattern.slice(0, at))
}

/** A pattern in two parts: the folder that holds all matches (with its `/`, empty for the current one), and the rest. */
export function splitGlob(pattern: string): {folder: string; rest: string} {
  const at = pattern.lastIndexOf('/', pattern.search(GLOB)) + 1
  return {folder: unescapeGlob(pattern.slice(0, at)), rest: pattern.slice(at)}
}

/** Makes a test for names: `*` and `?` do not cross `/`, `**` as a whole segment does. Nothing else than glob characters is special. */
export async function globFilter(pattern: string): Promise<(name: string) => boolean> {
  const {default: picomatch} = await import('picomatch')
  const matches = picomatch(literalizeRest(plainDots(pattern)), {
    dot: true,
    nonegate: true,
    noextglob: true,
    strictSlashes: true,
    // without it `[!a]` is taken for one of `!` and `a`
    posix: true,
  })
  return name => matches(plainDots(name))
}

/** `.` and `..` between slashes mean nothing in names of objects; glob libraries match them by no wildcard, so they are told of other characters. */
function plainDots(path: string): string {
  return path.replace(/(?<=^|\/)\.{1,2}(?=\/|$)/g, dots => '\u{e000}'.repeat(dots.length))
}

/** The pattern with those characters escaped that glob libraries give a meaning besides globs: `(a|b)`, a leading `!`. */
export function literalizeRest(pattern: string): string {
  return pattern.replace(/(?<!\\)[()|]/g, '\\$&').replace(/^!/, '\\!')
}

/** Sorts by the UTF-8 bytes of the names, which is how Cloud Storage lists. */
export function sortByName<T extends {readonly path: string}>(files: T[]): T[] {
  const keyed = files.map(file => ({file, key: Buffer.from(file.path)}))
  keyed.sort((a, b) => Buffer.compare(a.key, b.key))
  return keyed.map(({file}) => file)
}
