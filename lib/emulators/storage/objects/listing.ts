import {ApiError} from '../../service/api-error.ts'
import {unsupported} from '../../service/google-error.ts'
import type {ServiceReply, ServiceRequest} from '../../service/service.ts'
import {compareNames} from '../store/names.ts'
import type {Listed, ObjectStore} from '../store/object-store.ts'
import {matchGlob} from './match-glob.ts'
import {longParameter} from './preconditions.ts'
import {objectResource} from './resources.ts'

const PAGE = 1000

/** A line of a listing: an object, a prefix, or (with `includeTrailingDelimiter`) both under one name. */
interface Line {
  name: string
  object?: Listed
  isPrefix?: boolean
}

/** Answers `objects.list`. */
export async function listObjects(store: ObjectStore, bucket: string, request: ServiceRequest): Promise<ServiceReply> {
  const {query} = request
  for (const name of ['softDeleted', 'filter']) if (query.get(name)) throw unsupported(`\`${name}\` of a listing`)
  await store.buckets.get(bucket)
  const found = await store.names(bucket, query.get('prefix') ?? '', query.get('versions') === 'true')
  const lines = group(select(found, query), query)
  const {page, nextPageToken} = pageOf(matching(lines, query), query)
  const objects = page.flatMap(line => (line.object ? [line.object] : []))
  const items = (await store.records(bucket, objects)).map(record => objectResource(bucket, record, request.baseUrl))
  const prefixes = page.flatMap(line => (line.isPrefix ? [line.name] : []))
  return {
    status: 200,
    body: {
      kind: 'storage#objects',
      ...(nextPageToken !== undefined && {nextPageToken}),
      ...(prefixes.length > 0 && {prefixes}),
      ...(items.length > 0 && {items}),
    },
  }
}

function select(found: readonly Listed[], query: URLSearchParams): Listed[] {
  const start = query.get('startOffset') ?? ''
  const end = query.get('endOffset') ?? ''
  return found.filter(({name}) => compareNames(name, start) >= 0 && (end === '' || compareNames(name, end) < 0))
}

/** Leaves the objects and the prefixes that `matchGlob` matches; a prefix with or without its closing slash. */
function matching(lines: Line[], query: URLSearchParams): Line[] {
  const pattern = query.get('matchGlob')
  if (!pattern) return lines
  const delimiter = query.get('delimiter')
  if (delimiter && delimiter !== '/')
    throw new ApiError(400, 'invalidParameter', 'matchGlob goes with the delimiter / only.')
  const glob = matchGlob(pattern)
  return lines.filter(
    ({name, isPrefix}) => glob.matches(name) || (isPrefix === true && glob.matches(name.slice(0, -1))),
  )
}

/** Folds names that continue after a delimiter into prefixes. */
function group(found: readonly Listed[], query: URLSearchParams): Line[] {
  const delimiter = query.get('delimiter')
  const prefixLength = query.get('prefix')?.length ?? 0
  const lines: Line[] = []
  for (const object of found) {
    const at = delimiter ? object.name.indexOf(delimiter, prefixLength) : -1
    if (at < 0) {
      lines.push({name: object.name, object})
      continue
    }
    const name = object.name.slice(0, at + delimiter!.length)
    const isSelf = name === object.name && query.get('includeTrailingDelimiter') === 'true'
    const last = lines.at(-1)
    if (last?.name !== name || !last.isPrefix) lines.push({name, isPrefix: true, ...(isSelf && {object})})
  }
  return lines
}

/** Cuts a page out. The token is the last line of the page before, so objects may come and go in between. */
function pageOf(lines: readonly Line[], query: URLSearchParams): {page: Line[]; nextPageToken: string | undefined} {
  const size = Math.min(longParameter(query, 'maxResults') ?? PAGE, PAGE)
  if (size < 0) throw new ApiError(400, 'invalidParameter', 'maxResults must not be negative.')
  const token = query.get('pageToken')
  const after = token ? decodeToken(token) : undefined
  const rest = after === undefined ? lines : lines.filter(line => isAfter(placeOf(line), after))
  // 0 stands for the default, as an absent value does.
  const page = rest.slice(0, size || PAGE)
  const last = page.at(-1)
  return {page, nextPageToken: last && page.length < rest.length ? encodeToken(placeOf(last)) : undefined}
}

/** Where a line stands in a listing: the name, and of a noncurrent version the generation. */
type Place = readonly [name: string, generation?: number]

function placeOf({name, object}: Line): Place {
  return object?.noncurrent ? [name, object.noncurrent.generation] : [name]
}

function isAfter(
  [name, generation = Number.POSITIVE_INFINITY]: Place,
  [last, before = Number.POSITIVE_INFINITY]: Place,
) {
  return (compareNames(name, last) || generation - before) > 0
}

function encodeToken(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

function decodeToken(token: string): Place {
  try {
    const place: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (Array.isArray(place) && typeof place[0] === 'string') return place as unknown as Place
  } catch {}
  throw new ApiError(400, 'invalid', `Invalid page token: ${token}`)
}
