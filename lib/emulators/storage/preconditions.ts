import {ApiError} from '../service.ts'

/** The live version that preconditions are held against; undefined if there is none. */
export interface Version {
  readonly generation: number
  readonly metageneration: number
}

/**
 * Checks `ifGenerationMatch`, `ifGenerationNotMatch`, `ifMetagenerationMatch` and `ifMetagenerationNotMatch`;
 * a missing object has generation 0. Throws a 412, or for a `…NotMatch` of a read a 304.
 */
export function checkPreconditions(query: URLSearchParams, current: Version | undefined, isRead = false): void {
  const generation = current?.generation ?? 0
  const metageneration = current?.metageneration ?? 0
  const rules = [
    {name: 'ifGenerationMatch', holds: (wanted: number) => wanted === generation},
    {name: 'ifMetagenerationMatch', holds: (wanted: number) => wanted === metageneration},
    {name: 'ifGenerationNotMatch', holds: (wanted: number) => wanted !== generation},
    {name: 'ifMetagenerationNotMatch', holds: (wanted: number) => wanted !== metageneration},
  ]
  for (const {name, holds} of rules) {
    const wanted = longParameter(query, name)
    if (wanted === undefined || holds(wanted)) continue
    if (isRead && name.endsWith('NotMatch')) throw new ApiError(304, 'notModified', 'Not Modified')
    throw new ApiError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.', {
      extra: {locationType: 'header', location: name.endsWith('NotMatch') ? 'If-None-Match' : 'If-Match'},
    })
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
