import {ApiError} from '../service.ts'

/**
 * Turns the `matchGlob` of a list request into a pattern over whole names: `*` and `?` stay within a part,
 * `**` crosses `/`, `[a-z]`, `[!a-z]`, `{a,b}`, and a backslash takes the next character as it is.
 */
export function globPattern(glob: string): RegExp {
  let source = ''
  let braces = 0
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at]!
    if (char === '*') {
      const isDeep = glob[at + 1] === '*'
      if (isDeep) at++
      // `a/**/b` is also `a/b`: the slash after `**` belongs to the parts that may be missing.
      if (isDeep && glob[at + 1] === '/' && (at === 1 || glob[at - 2] === '/')) {
        source += '(?:.*/)?'
        at++
      } else source += isDeep ? '.*' : '[^/]*'
    } else if (char === '?') source += '[^/]'
    else if (char === '[') {
      const set = /^\[([!^]?)(\]?[^\]]*)\]/.exec(glob.slice(at))
      if (!set) throw invalid(glob)
      source += `[${set[1] ? '^/' : ''}${set[2]!.replace(/[\\\][^]/g, '\\$&')}]`
      at += set[0].length - 1
    } else if (char === '{') {
      braces++
      source += '(?:'
    } else if (char === '}' && braces > 0) {
      braces--
      source += ')'
    } else if (char === ',' && braces > 0) source += '|'
    else {
      if (char === '\\' && ++at >= glob.length) throw invalid(glob)
      source += literal(glob[at]!)
    }
  }
  if (braces > 0) throw invalid(glob)
  try {
    return new RegExp(`^(?:${source})$`, 'su')
  } catch {
    throw invalid(glob)
  }
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}

function invalid(glob: string): ApiError {
  return new ApiError(400, 'invalidParameter', `Invalid glob pattern: ${glob}`, {
    extra: {locationType: 'parameter', location: 'matchGlob'},
  })
}
