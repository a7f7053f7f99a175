import {pipeline, type Readable} from 'node:stream'
import {createGunzip} from 'node:zlib'
import {ApiError} from '../../service/api-error.ts'
import type {ServiceReply, ServiceRequest} from '../../service/service.ts'
import type {Content} from '../store/content.ts'
import type {Picked} from '../store/object-files.ts'
import type {ObjectStore} from '../store/object-store.ts'
import type {ObjectRecord} from '../store/stored-object.ts'
import {byteRange} from './content-range.ts'
import {etagOf, longParameter} from './preconditions.ts'
import {hashHeader} from './resources.ts'
import type {Target} from './target.ts'

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
    const content = opened.content!
    const {isUnzipped, range, ...reply} = mediaReply(record, content, request)
    if (record.size === 0) {
      content.close()
      return {...reply, body: Buffer.alloc(0)}
    }
    const bytes = content.read(range ?? {start: 0, end: record.size - 1})
    return {...reply, body: isUnzipped ? unzipped(bytes) : bytes}
  } catch (error) {
    opened.content?.close()
    throw error
  }
}

function mediaReply(record: ObjectRecord, content: Content, request: ServiceRequest) {
  const isGzip = record.contentEncoding === 'gzip'
  const acceptsGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(request.headers['accept-encoding'] ?? ''))
  // Content that only claims to be gzip is sent as it is.
  const isUnzipped =
    isGzip && !acceptsGzip && !/no-transform/.test(record.cacheControl ?? '') && (record.size === 0 || content.isGzip)
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
    return {status: 200, headers, isUnzipped, range: undefined}
  }
  if (record.contentEncoding) headers['content-encoding'] = record.contentEncoding
  const range = byteRange(request.headers.range, record.size)
  if (range === 'unsatisfiable')
    throw new ApiError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', {
      headers: {'content-range': `bytes */${record.size}`},
    })
  headers['content-length'] = range ? range.end - range.start + 1 : record.size
  if (range) headers['content-range'] = `bytes ${range.start}-${range.end}/${record.size}`
  return {status: range ? 206 : 200, headers, isUnzipped, range}
}

function unzipped(bytes: Buffer | Readable): Readable {
  const gunzip = createGunzip({chunkSize: CHUNK})
  // Damaged gzip destroys the answer, and with it the read in progress.
  return pipeline(Buffer.isBuffer(bytes) ? [bytes] : bytes, gunzip, () => {})
}
