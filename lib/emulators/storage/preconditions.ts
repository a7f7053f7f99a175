import {ApiError} from '../service.ts'

/** A version that preconditions are held against. */
export interface Version {
  readonly generation: number
  readonly metageneration: number
}

/**
 * Checks `ifGenerationMatch`, `ifGenerationNotMatch`, `ifMetagenerationMatch` and `ifMetagenerationNotMatch`
 * (`ifSource…` for the prefix `ifSource`): a 412 where a match is missing, a 304 where there must be none. Generations
 * are those of the live version, metagenerations those of the version that the request names. A missing object has
 * generation 0, and no `…NotMatch` holds for it.
 */
export function checkPreconditions(
  query: URLSearchParams,
  {record, live}: {record: Version | undefined; live: Version | undefined},
  prefix: 'if' | 'ifSource' = 'if',
): void {
  for (const [field, current] of [
    ['generation', live],
    ['metageneration', record],
  ] as const) {
    const name = `${prefix}${field[0]!.toUpperCase()}${field.slice(1)}`
    const wanted = longParameter(query, `${name}Match`)
    if (wanted !== undefined && wanted !== (current?.[field] ?? 0))
      throw new ApiError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.', {
        extra: {locationType: 'header', location: 'If-Match'},
      })
    const unwanted = longParameter(query, `${name}NotMatch`)
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
