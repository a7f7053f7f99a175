import {ApiError} from '../../service/api-error.ts'
import type {ServiceRequest} from '../../service/service.ts'

/** A version that preconditions are held against. */
interface Version {
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
    if (wanted !== undefined && wanted !== (current?.[field] ?? 0)) throw conditionNotMet('If-Match')
    const unwanted = longParameter(query, `${name}NotMatch`)
    if (unwanted !== undefined && (!current || unwanted === current[field]))
      throw new ApiError(304, 'notModified', 'Not Modified')
  }
}

/** Changes with every generation and metageneration. */
export function etagOf({generation, metageneration}: Version): string {
  return Buffer.from(`${generation}/${metageneration}`).toString('base64')
}

/**
 * Checks the headers `If-Match` and `If-None-Match` against what is there: a 412, but for reads a 304 where there must be no
 * match.
 */
export function checkEtags({method, headers}: ServiceRequest, version: Version | undefined): void {
  const wanted = headers['if-match']
  const unwanted = headers['if-none-match']
  if (wanted === undefined && unwanted === undefined) return
  const etag = version && etagOf(version)
  if (wanted !== undefined && !names(wanted, etag)) throw conditionNotMet('If-Match')
  if (unwanted === undefined || !names(unwanted, etag)) return
  if (method !== 'GET') throw conditionNotMet('If-None-Match')
  throw new ApiError(304, 'notModified', 'Not Modified', {headers: {etag: etag!}})
}

/** Whether a list of tags, quoted or not, weak or not, or `*`, names one. */
function names(header: string, etag: string | undefined): boolean {
  if (etag === undefined) return false
  const tags = header.split(',').map(tag =>
    tag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  )
  return tags.includes('*') || tags.includes(etag)
}

function conditionNotMet(location: string): ApiError {
  return new ApiError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.', {
    extra: {locationType: 'header', location},
  })
}

/** An integer parameter of the query; 400 for anything else. */
export function longParameter(query: URLSearchParams, name: string): number | undefined {
  const given = query.get(name)
  if (given === null) return undefined
  if (/^-?\d{1,19}$/.test(given)) return Number(given)
  throw new ApiError(400, 'invalidParameter', `Invalid long value: '${given}'.`, {
    extra: {locationType: 'parameter', location: name},
  })
}
