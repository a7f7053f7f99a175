import {Glob} from '../../../util/index.ts'
import {ApiError} from '../../service/api-error.ts'

/**
 * The matcher of a list request's `matchGlob`: `*` and `?` stay within a part, `**` crosses `/`, `[a-z]`, `[!a-z]`, `{a,b}`,
 * and a backslash takes the next character as it is.
 */
export function matchGlob(glob: string): Glob {
  try {
    return new Glob(glob, {dots: true, deep: 'anywhere', strict: true})
  } catch {
    throw new ApiError(400, 'invalidParameter', `Invalid glob pattern: ${glob}`, {
      extra: {locationType: 'parameter', location: 'matchGlob'},
    })
  }
}
