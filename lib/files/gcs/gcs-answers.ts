import type {FileInfo} from '../system/file-system.ts'
import {type GcsPath, gcsPath} from './gcs-path.ts'
import {type GcsReply, jsonObject, unexpectedGcs} from './gcs-request.ts'

/** One page of a listing. */
export interface GcsPage {
  readonly files: FileInfo[]
  readonly nextPageToken: string | undefined
  readonly reply: GcsReply
}

/** What an uploaded object must be. */
export interface SentObject {
  readonly size: number
  readonly crc32c: string
}

/** What we need to know of an object. */
const FIELDS = 'name,size,generation,crc32c,contentEncoding'
/** Of a page; without its kind, a page without objects would be told from `{}` by nothing. */
export const PAGE_FIELDS = `kind,items(${FIELDS}),nextPageToken`

/** The object of an answer to `objects.get`. */
export function objectOf(reply: GcsReply, path: GcsPath): FileInfo {
  return checkedObject('objects.get', reply, path)
}

/** The object that an upload has made. */
export function uploadedObject(reply: GcsReply, path: GcsPath, sent: SentObject): FileInfo {
  const object = checkedObject('the upload', reply, path)
  if (object.size !== sent.size)
    throw unexpectedGcs('the upload', `the object has ${object.size} bytes, and ${sent.size} were sent`, reply)
  if (object.crc32c !== sent.crc32c)
    throw unexpectedGcs('the upload', `the object's CRC32C is ${object.crc32c}, and ${sent.crc32c} was sent`, reply)
  return object
}

/** The page of an answer to `objects.list`, which was asked for objects with this prefix. */
export function pageOf(reply: GcsReply, bucket: string, prefix: string): GcsPage {
  const page = jsonObject('objects.list', reply)
  const wrong = (problem: string) => unexpectedGcs('objects.list', problem, reply)
  if (page['kind'] !== 'storage#objects') throw wrong("its kind is not 'storage#objects'")
  const {items = [], nextPageToken = ''} = page
  if (!Array.isArray(items)) throw wrong('`items` is no array')
  if (typeof nextPageToken !== 'string') throw wrong('`nextPageToken` is no string')
  const files = items.map((item: unknown) => {
    const object = infoOf(bucket, item)
    if (typeof object === 'string') throw wrong(`one of its objects is none: ${object}`)
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
    throw unexpectedGcs(named, `it is about another object than ${gcsPath(path)}`, reply)
  return object
}

/** An object as the service describes it, or what is wrong with the description. */
function infoOf(bucket: string, given: unknown): FileInfo | string {
  if (typeof given !== 'object' || given === null) return 'it is no JSON object'
  const {name, size, generation, crc32c, contentEncoding} = given as Record<string, unknown>
  if (typeof name !== 'string' || name === '') return '`name` is no text'
  if (!isWhole(size) || !Number.isSafeInteger(Number(size))) return '`size` is no number of bytes'
  if (!isWhole(generation)) return '`generation` is no number'
  if (crc32c !== undefined && !(typeof crc32c === 'string' && /^[A-Za-z\d+/]{6}==$/.test(crc32c)))
    return '`crc32c` is no checksum'
  if (contentEncoding !== undefined && typeof contentEncoding !== 'string') return '`contentEncoding` is no text'
  return {
    path: gcsPath({bucket, name}),
    size: Number(size),
    generation: String(generation),
    crc32c,
    contentEncoding,
  }
}

/** 64-bit numbers come as text in JSON. */
function isWhole(given: unknown): boolean {
  return typeof given === 'string' ? /^\d+$/.test(given) : Number.isSafeInteger(given) && (given as number) >= 0
}
