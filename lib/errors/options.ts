import {DURATION_FORMS, parseDuration} from '../util/index.ts'
import {SluiceError} from './sluice-error.ts'
import {show} from './thrown.ts'

/** The error for a bad option: names the option, what was given and what is allowed. */
export function badOption(where: string, option: string, given: unknown, allowed: string): SluiceError {
  return new SluiceError('ERR_SLUICE_OPTION', `${where}: option \`${option}\` is ${show(given)}; give ${allowed}`, {
    stage: where,
  })
}

/** Throws for an option name that `where` does not know, and suggests the nearest known name. */
export function checkOptionNames(where: string, options: object | undefined, known: readonly string[]): void {
  if (options === undefined) return
  if (options === null || typeof options !== 'object' || Array.isArray(options))
    throw badOption(where, 'options', options, 'an options object')
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const near = known.find(k => k.toLowerCase() === name.toLowerCase() || distance(k, name) <= 2)
    const hint = near ? `; did you mean \`${near}\`?` : '.'
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${where}: unknown option \`${name}\`${hint} Known options: ${known.join(', ')}`,
      {stage: where},
    )
  }
}

/** Checks an integer option (`undefined` gives the default). */
export function integerOption(
  where: string,
  name: string,
  given: unknown,
  fallback: number,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (given === undefined) return fallback
  if (typeof given !== 'number' || !Number.isInteger(given) || given < min || given > max) {
    const allowed =
      max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`
    throw badOption(where, name, given, allowed)
  }
  return given
}

/** Checks an option that is one of a few strings (`undefined` gives the default). */
export function enumOption<T extends string>(
  where: string,
  name: string,
  given: unknown,
  fallback: T,
  allowed: readonly T[],
): T {
  if (given === undefined) return fallback
  if (!allowed.includes(given as T))
    throw badOption(where, name, given, `one of ${allowed.map(a => `'${a}'`).join(', ')}`)
  return given as T
}

/** Checks a boolean option (`undefined` gives the default). */
export function booleanOption(where: string, name: string, given: unknown, fallback: boolean): boolean {
  if (given === undefined) return fallback
  if (typeof given !== 'boolean') throw badOption(where, name, given, 'true or false')
  return given
}

/** Checks a duration option (`undefined` gives the default); milliseconds. */
export function durationOption(where: string, name: string, given: unknown, fallback: number, min = 0): number {
  if (given === undefined) return fallback
  const ms = parseDuration(given)
  if (ms === undefined || ms < min)
    throw badOption(where, name, given, min > 0 ? `${DURATION_FORMS}, at least ${min} ms` : DURATION_FORMS)
  return ms
}

/** Levenshtein distance, for "did you mean". */
export function distance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let k = 1; k <= b.length; k++)
      next[k] = Math.min(row[k]! + 1, next[k - 1]! + 1, row[k - 1]! + (a[i - 1] === b[k - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}
