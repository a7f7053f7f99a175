import type {FileInfo} from '../system/file-system.ts'
import {type GcsPath, gcsPath} from './gcs-path.ts'
import {type GcsReply, jsonObject, unexpectedGcs} from './gcs-request.ts'

/** One page of a listing. */
export interface GcsPage {
  readonly files: FileInfo[]
  readonly nextPageToken: string | undefined
  readonly reply: GcsReply
}

/** What an uploaded object must match. */
export interface SentObject {
  readonly size: number
  readonly crc32c: string
}

/** The fields of an object that we need. */
const FIELDS = 'name,size,generation,crc32c,contentEncoding'
/** The fields of a page; without `kind` a page without objects would look like `{}`. */
export const PAGE_FIELDS = `kind,items(${FIELDS}),nextPageToken`

/** The object in an answer to `objects.get`. */
export function objectOf(reply: GcsReply, path: GcsPath): FileInfo {
  return checkedObject('objects.get', reply, path)
}

/** The object that an upload has created. */
export function uploadedObject(reply: GcsReply, path: GcsPath, sent: SentObject): FileInfo {
  const object = checkedObject('the upload', reply, path)
  if (object.size !== sent.size)
    throw unexpectedGcs('the upload', `the object has ${object.size} bytes, but ${sent.size} were sent`, reply)
  if (object.crc32c !== sent.crc32c)
    throw unexpectedGcs('the upload', `the object's CRC32C is ${object.crc32c}, but ${sent.crc32c} was sent`, reply)
  return object
}

/** The page in an answer to `objects.list` for objects with this prefix. */
export function pageOf(reply: GcsReply, bucket: string, prefix: string): GcsPage {
  const page = jsonObject('objects.list', reply)
  const wrong = (problem: string) => unexpectedGcs('objects.list', problem, reply)
  if (page['kind'] !== 'storage#objects') throw wrong("its kind is not 'storage#objects'")
  const {items = [], nextPageToken = ''} = page
  if (!Array.isArray(items)) throw wrong('`items` is not an array')
  if (typeof nextPageToken !== 'string') throw wrong('`nextPageToken` is not a string')
  const files = items.map((item: unknown) => {
    const object = infoOf(bucket, item)
    if (typeof object === 'string') throw wrong(`one of its objects is invalid: ${object}`)
    const {name} = item as {name: string}
    if (!name.startsWith(prefix)) throw wrong(`it has an object whose name does not begin with '${prefix}'`)
    return object
  })
  return {files, nextPageToken: nextPageToken || undefined, reply}
}

function checkedObject(named: string, reply: GcsReply, path: GcsPath): FileInfo {
  const item = jsonObject(named, reply)
  const object = infoOf(path.bucket, item)
  if (typeof object === 'string') throw unexpectedGcs(named, object, reply)
  const {bucket = path.bucket} = item
  if (object.path !== gcsPath(path) || bucket !== path.bucket)
    throw unexpectedGcs(named, `it is about an object other than ${gcsPath(path)}`, reply)
  return object
}

/** An object as the service describes it, or what is wrong with the description. */
function infoOf(bucket: string, given: unknown): FileInfo | string {
  if (typeof given !== 'object' || given === null) return 'it is not a JSON object'
  const {name, size, generation, crc32c, contentEncoding} = given as Record<string, unknown>
  if (typeof name !== 'string' || name === '') return '`name` is not a string'
  if (!isWhole(size) || !Number.isSafeInteger(Number(size))) return '`size` is not a number of bytes'
  if (!isWhole(generation)) return '`generation` is not a number'
  if (crc32c !== undefined && !(typeof crc32c === 'string' && /^[A-Za-z\d+/]{6}==$/.test(crc32c)))
    return '`crc32c` is not a checksum'
  if (contentEncoding !== undefined && typeof contentEncoding !== 'string') return '`contentEncoding` is not a string'
  return {
    path: gcsPath({bucket, name}),
    size: Number(size),
    generation: String(generation),
    crc32c,
    contentEncoding,
  }
}

/** The JSON API sends 64-bit numbers as strings. */
function isWhole(given: unknown): boolean {
  return typeof given === 'string' ? /^\d+$/.test(given) : Number.isSafeInteger(given) && (given as number) >= 0
}
