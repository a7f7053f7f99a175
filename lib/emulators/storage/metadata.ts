import {unsupported} from '../google-error.ts'
import {ApiError} from '../service.ts'
import type {Hashes, ObjectMetadata} from './stored-object.ts'

const TEXT_FIELDS = [
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'contentType',
  'customTime',
] as const

const HOLDS = ['temporaryHold', 'eventBasedHold'] as const

const STORAGE_CLASSES = [
  'STANDARD',
  'NEARLINE',
  'COLDLINE',
  'ARCHIVE',
  'MULTI_REGIONAL',
  'REGIONAL',
  'DURABLE_REDUCED_AVAILABILITY',
]

const UNSUPPORTED_FIELDS = ['retention', 'kmsKeyName', 'contexts']

/** The metadata that a client gave for a new object; unknown fields are ignored, as the service does. */
export function newMetadata(given: Record<string, unknown>): ObjectMetadata {
  return overlaid({}, given)
}

/** Metadata after a PATCH: `null` removes a field or, inside `metadata`, a key. The storage class takes a rewrite. */
export function changedMetadata(current: ObjectMetadata, given: Record<string, unknown>): ObjectMetadata {
  const {storageClass = 'STANDARD'} = current
  if (given['storageClass'] && given['storageClass'] !== storageClass)
    throw unsupported('a change of the storage class other than by a rewrite')
  return overlaid(current, {...given, storageClass})
}

/** Metadata of a copy: that of the source, over which goes what the client gave; holds and the storage class stay behind. */
export function copiedMetadata(source: ObjectMetadata, given: Record<string, unknown>): ObjectMetadata {
  const {temporaryHold: _temporary, eventBasedHold: _eventBased, storageClass: _class, ...copied} = source
  return overlaid(copied, given)
}

function overlaid(current: ObjectMetadata, given: Record<string, unknown>): ObjectMetadata {
  for (const name of UNSUPPORTED_FIELDS) if (given[name]) throw unsupported(`\`${name}\` of an object`)
  const result: ObjectMetadata = {}
  for (const name of TEXT_FIELDS) {
    const value = name in given ? given[name] : current[name]
    if (value === null || value === undefined || value === '') continue
    if (typeof value !== 'string') throw invalidField(name)
    result[name] = value
  }
  for (const name of HOLDS) {
    const value = name in given ? given[name] : current[name]
    if (value !== undefined && value !== null && typeof value !== 'boolean') throw invalidField(name)
    // A `false` at an upload keeps the bucket's default hold off.
    if (typeof value === 'boolean') result[name] = value
  }
  const storageClass = given['storageClass'] ?? current.storageClass
  if (storageClass !== undefined && storageClass !== '') {
    if (typeof storageClass !== 'string' || !STORAGE_CLASSES.includes(storageClass)) throw invalidField('storageClass')
    result.storageClass = storageClass
  }
  const metadata = customMetadata(current.metadata, given['metadata'])
  if (metadata) result.metadata = metadata
  return result
}

function customMetadata(
  current: Record<string, string> | undefined,
  given: unknown,
): Record<string, string> | undefined {
  if (given === undefined) return current
  if (given === null) return undefined
  if (typeof given !== 'object' || Array.isArray(given)) throw invalidField('metadata')
  const result = new Map(Object.entries(current ?? {}))
  for (const [key, value] of Object.entries(given)) {
    if (value === null) result.delete(key)
    else if (typeof value === 'string') result.set(key, value)
    else throw invalidField(`metadata.${key}`)
  }
  return result.size > 0 ? Object.fromEntries(result) : undefined
}

/** The hashes that a client announced, in the metadata or an `x-goog-hash` header; the content must have them. */
export function announcedHashes(
  given: Record<string, unknown>,
  header: string | string[] | undefined,
): Partial<Hashes> {
  const announced: Partial<Hashes> = {}
  if (typeof given['crc32c'] === 'string') announced.crc32c = given['crc32c']
  if (typeof given['md5Hash'] === 'string') announced.md5Hash = given['md5Hash']
  for (const part of [header ?? []].flat().join(',').split(',')) {
    const [, kind, value] = /^\s*(crc32c|md5)=(.+)$/.exec(part.trim()) ?? []
    if (kind === 'crc32c' && value) announced.crc32c = value
    if (kind === 'md5' && value) announced.md5Hash = value
  }
  return announced
}

/** Throws a 400 if content does not have the hashes that were announced for it. */
export function checkHashes(announced: Partial<Hashes>, actual: Hashes): void {
  const pairs = [
    ['CRC32C', announced.crc32c, actual.crc32c],
    ['MD5 hash', announced.md5Hash, actual.md5Hash],
  ] as const
  for (const [what, given, found] of pairs)
    if (given !== undefined && given !== found)
      throw new ApiError(400, 'invalid', `Provided ${what} "${given}" doesn't match calculated ${what} "${found}".`)
}

function invalidField(name: string): ApiError {
  return new ApiError(400, 'invalid', `Invalid value for: ${name}`)
}
