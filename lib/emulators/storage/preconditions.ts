import {ApiError} from '../service.ts'

/** The live version that preconditions are held against; undefined if there is none. */
export interface Version {
  readonly generation: number
  readonly metageneration: number
}

/**
 * Checks `ifGenerationMatch`, `ifGenerationNotMatch`, `ifMetagenerationMatch` and `ifMetagenerationNotMatch`:
 * a 412 where a match is missing, a 304 where there must be none. A missing object has generation 0, and no
 * `…NotMatch` holds for it.
 */
export function checkPreconditions(query: URLSearchParams, current: Version | undefined): void {
  for (const [field, name] of [
    ['generation', 'Generation'],
    ['metageneration', 'Metageneration'],
  ] as const) {
    const wanted = longParameter(query, `if${name}Match`)
    if (wanted !== undefined && wanted !== (current?.[field] ?? 0))
      throw new ApiError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.', {
        extra: {locationType: 'header', location: 'If-Match'},
      })
    const unwanted = longParameter(query, `if${name}NotMatch`)
    if (unwanted !== undefined && (!current || unwanted === current[field]))
      throw new ApiError(304, 'notModified', 'Not Modified')
  }
}

/** An integer parameter of the query; 400 when it is none. */
export function longParameter(query: URLSearchParams, name: string): number | undefined {
  const given = query.get(name)
  if (given === null) return undefined
  if (/^-?\d{1,19}$/.test(given)) return Number(given)
  throw new ApiError(400, 'invalidParameter', `Invalid long value: '${given}'.`, {
    extra: {locationType: 'parameter', location: name},
  })
}
