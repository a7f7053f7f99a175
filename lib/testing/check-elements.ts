import {SluiceError} from '../errors/index.ts'
import type {Matcher} from './matchers.ts'

/** Throws if the elements do not match. */
export function checkElements<T>(name: string, values: readonly T[], matcher: Matcher<T>): void {
  const wrong = matcher.check(values)
  if (wrong === undefined) return
  throw new SluiceError('ERR_SLUICE_ASSERTION', `${name}: expected ${matcher.description}; ${wrong}`, {stage: name})
}
