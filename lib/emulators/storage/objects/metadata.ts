import {ApiError} from '../../service/api-error.ts'
import {unsupported} from '../../service/google-error.ts'
import {STORAGE_CLASSES} from '../store/storage-classes.ts'
import {type Hashes, type ObjectMetadata, SETTABLE} from '../store/stored-object.ts'

const TEXT_FIELDS = [
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'contentType',
  'customTime',
] as const

const HOLDS = ['temporaryHold', 'eventBasedHold'] as const

const UNSUPPORTED_FIELDS = ['retention', 'kmsKeyName', 'contexts', 'customerEncryption']

/** Of all keys and values of the custom metadata together. */
const CUSTOM_LIMIT = 8 * 1024

/** `2024-02-29T12:00:00Z`, with any fraction and offset. */
const RFC_3339 = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i

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

/** Throws a 400 for a change that removes `customTime` or moves it back: only a rewrite may. */
export function checkCustomTime({customTime: before}: ObjectMetadata, {customTime: after}: ObjectMetadata): void {
  if (before === undefined || (after !== undefined && Date.parse(after) >= Date.parse(before))) return
  const what = after === undefined ? 'removed' : `set back from ${before} to ${after}`
  throw new ApiError(400, 'invalid', `Custom time cannot be ${what}; rewrite the object to reset it.`)
}

/** Metadata of a copy: what the client gave, or all of the source's but holds and storage class when it gave none. */
export function copiedMetadata(source: ObjectMetadata, given: Record<string, unknown>): ObjectMetadata {
  if (SETTABLE.some(name => given[name] !== undefined)) return overlaid({}, given)
  const {temporaryHold: _temporary, eventBasedHold: _eventBased, storageClass: _class, ...copied} = source
  return overlaid(copied, given)
}

function overlaid(current: ObjectMetadata, given: Record<string, unknown>): ObjectMetadata {
  for (const name of UNSUPPORTED_FIELDS) if (given[name]) throw unsupported(`\`${name}\` of an object`)
  if (Array.isArray(given['acl']) && given['acl'].length > 0) throw unsupported('`acl` of an object')
  const result: ObjectMetadata = {}
  for (const name of TEXT_FIELDS) {
    const value = name in given ? given[name] : current[name]
    if (value === null || value === undefined || value === '') continue
    if (typeof value !== 'string') throw invalidField(name)
    // They are headers of downloads.
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) throw invalidField(name, 'it has control characters')
    if (name === 'customTime' && !isTime(value)) throw invalidField(name, 'it is not an RFC 3339 date and time')
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
  // A map: a key may be `__proto__`.
  const result = new Map(Object.entries(current ?? {}))
  for (const [key, value] of Object.entries(given)) {
    if (value === null) result.delete(key)
    else if (typeof value === 'string') result.set(key, value)
    else throw invalidField(`metadata.${key}`)
  }
  const bytes = [...result].reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  if (bytes > CUSTOM_LIMIT) {
    const problem = `its keys and values have ${bytes} bytes of UTF-8, the limit is ${CUSTOM_LIMIT}`
    throw invalidField('metadata', problem)
  }
  return result.size > 0 ? Object.fromEntries(result) : undefined
}

/** Whether a text is a time that exists: `Date.parse` takes 30 February for 1 March. */
function isTime(text: string): boolean {
  const day = RFC_3339.exec(text)?.[1]
  return (
    day !== undefined && !Number.isNaN(Date.parse(text)) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
  )
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

function invalidField(name: string, problem = ''): ApiError {
  return new ApiError(400, 'invalid', `Invalid value for: ${name}${problem && `: ${problem}`}`)
}
