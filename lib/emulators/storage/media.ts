import type {Readable} from 'node:stream'
import {createGunzip} from 'node:zlib'
import {ApiError, type ServiceReply, type ServiceRequest} from '../service.ts'
import {byteRange} from './content-range.ts'
import type {Picked} from './object-files.ts'
import type {ObjectStore} from './object-store.ts'
import type {Target} from './objects.ts'
import {longParameter} from './preconditions.ts'
import {etagOf, hashHeader} from './resources.ts'
import type {ObjectRecord} from './stored-object.ts'

const CHUNK = 256 * 1024

/** Answers `objects.get` with `alt=media`: the bytes, or a range of them. */
export async function readMedia(
  store: ObjectStore,
  {bucket, name}: Target,
  request: ServiceRequest,
  check: (picked: Picked) => ObjectRecord,
): Promise<ServiceReply> {
  const opened = await store.open(bucket, name, longParameter(request.query, 'generation'))
  try {
    const record = check(opened)
    const handle = opened.handle!
    const reply = mediaReply(record, request)
    if (record.size === 0) {
      await handle.close()
      return {...reply, body: Buffer.alloc(0)}
    }
    const bytes = handle.createReadStream({...reply.range, highWaterMark: CHUNK})
    return {...reply, body: reply.isUnzipped ? unzipped(bytes) : bytes}
  } catch (error) {
    await opened.handle?.close()
    throw error
  }
}

function mediaReply(record: ObjectRecord, request: ServiceRequest) {
  const isGzip = record.contentEncoding === 'gzip'
  const acceptsGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(request.headers['accept-encoding'] ?? ''))
  const isUnzipped = isGzip && !acceptsGzip && !/no-transform/.test(record.cacheControl ?? '')
  const headers: Record<string, string | number> = {
    'content-type': record.contentType ?? 'application/octet-stream',
    etag: etagOf(record),
    'last-modified': new Date(record.updated).toUTCString(),
    'cache-control': record.cacheControl ?? 'private, max-age=0',
    'accept-ranges': isUnzipped ? 'none' : 'bytes',
    'x-goog-generation': record.generation,
    'x-goog-metageneration': record.metageneration,
    'x-goog-hash': hashHeader(record),
    'x-goog-stored-content-encoding': record.contentEncoding ?? 'identity',
    'x-goog-stored-content-length': record.size,
    'x-goog-storage-class': record.storageClass ?? 'STANDARD',
  }
  if (record.contentDisposition) headers['content-disposition'] = record.contentDisposition
  if (record.contentLanguage) headers['content-language'] = record.contentLanguage
  if (isUnzipped) {
    headers['warning'] = '214 UploadServer gunzipped'
    headers['x-guploader-response-body-transformations'] = 'gunzipped'
    return {status: 200, headers, isUnzipped, range: {}}
  }
  if (record.contentEncoding) headers['content-encoding'] = record.contentEncoding
  const range = byteRange(request.headers.range, record.size)
  if (range === 'unsatisfiable')
    throw new ApiError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', {
      headers: {'content-range': `bytes */${record.size}`},
    })
  headers['content-length'] = range ? range.end - range.start + 1 : record.size
  if (range) headers['content-range'] = `bytes ${range.start}-${range.end}/${record.size}`
  return {status: range ? 206 : 200, headers, isUnzipped, range: range ?? {}}
}

function unzipped(bytes: Readable): Readable {
  const gunzip = createGunzip({chunkSize: CHUNK})
  bytes.once('error', error => gunzip.destroy(error))
  gunzip.once('close', () => bytes.destroy())
  return bytes.pipe(gunzip)
}
