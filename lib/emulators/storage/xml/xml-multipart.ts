import {createHash, randomUUID} from 'node:crypto'
import {createReadStream, rmSync} from 'node:fs'
import {ApiError} from '../../service/api-error.ts'
import {unsupported} from '../../service/google-error.ts'
import type {LocalClock, ServiceReply, ServiceRequest} from '../../service/service.ts'
import {announcedHashes, checkHashes, newMetadata} from '../objects/metadata.ts'
import {WEEK} from '../objects/session-lifetime.ts'
import {checkObjectName, decodeSegment} from '../store/names.ts'
import type {ObjectStore} from '../store/object-store.ts'
import {ContentHash, type ObjectMetadata} from '../store/stored-object.ts'
import {FileWriter, receiveFile} from '../uploads/receive-file.ts'
import {partsOf, utf8, xmlReply} from './xml.ts'

const MiB = 2 ** 20
/** Of every part but the last. */
const MIN_PART = 5 * MiB
const MAX_PARTS = 10_000

interface Part {
  readonly file: string
  readonly size: number
  readonly etag: string
}

/** An upload in parts that is neither complete nor aborted. */
interface Upload {
  readonly bucket: string
  readonly name: string
  readonly metadata: ObjectMetadata
  readonly started: number
  readonly parts: Map<number, Part>
}

/** The multipart uploads of the XML API: parts come in any order and side by side. They live in memory. */
export class XmlMultipart {
  readonly #store: ObjectStore
  readonly #clock: LocalClock
  readonly #uploads = new Map<string, Upload>()

  constructor(store: ObjectStore, clock: LocalClock) {
    this.#store = store
    this.#clock = clock
  }

  /** Answers a request for `/BUCKET/OBJECT`; errors are XML too. */
  async handle(request: ServiceRequest): Promise<ServiceReply> {
    try {
      const [, bucket = '', ...rest] = request.path.split('/')
      return await this.#answer(bucket, rest.map(decodeSegment).join('/'), request)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return xmlReply(error.status, 'Error', {Code: error.reason, Message: error.message})
    }
  }

  /** Forgets the uploads in progress. */
  clear(): void {
    this.#uploads.clear()
  }

  #answer(bucket: string, name: string, request: ServiceRequest): Promise<ServiceReply> {
    const {method, query} = request
    if (method === 'POST' && query.has('uploads')) return this.#start(bucket, name, request)
    const id = query.get('uploadId') ?? ''
    const upload = this.#uploads.get(id)
    if (upload?.bucket !== bucket || upload.name !== name || this.#clock.now() - upload.started >= WEEK)
      throw new ApiError(404, 'NoSuchUpload', 'The requested upload was not found.')
    if (method === 'PUT') return this.#part(upload, request)
    if (method === 'POST') return this.#complete(id, upload, request)
    if (method === 'DELETE') return this.#abort(id, upload, request)
    throw unsupported(`${method} ${request.path}`)
  }

  async #start(bucket: string, name: string, request: ServiceRequest): Promise<ServiceReply> {
    for (const permission of ['storage.multipartUploads.create', 'storage.objects.create'])
      request.authorize(permission, `${bucket}/${name}`)
    await this.#store.buckets.get(bucket)
    checkObjectName(name)
    const metadata = newMetadata(headersToMetadata(request))
    const id = randomUUID()
    this.#uploads.set(id, {bucket, name, metadata, started: this.#clock.now(), parts: new Map()})
    return xmlReply(200, 'InitiateMultipartUploadResult', {Bucket: bucket, Key: name, UploadId: id})
  }

  async #part(upload: Upload, request: ServiceRequest): Promise<ServiceReply> {
    request.authorize('storage.objects.create', `${upload.bucket}/${upload.name}`)
    const number = Number(request.query.get('partNumber'))
    if (!(Number.isInteger(number) && number >= 1 && number <= MAX_PARTS))
      throw new ApiError(400, 'InvalidArgument', `partNumber must be an integer from 1 to ${MAX_PARTS}.`)
    const file = this.#store.temporary()
    try {
      let size = 0
      const counted = async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          size += chunk.length
          yield chunk
        }
      }
      const hashes = await receiveFile(counted(request.content), file)
      const md5Hash = request.headers['content-md5']
      const given = typeof md5Hash === 'string' ? {md5Hash} : {}
      checkHashes(announcedHashes(given, request.headers['x-goog-hash']), hashes)
      const etag = `"${Buffer.from(hashes.md5Hash, 'base64').toString('hex')}"`
      const old = upload.parts.get(number)
      upload.parts.set(number, {file, size, etag})
      if (old) rmSync(old.file, {force: true})
      return {status: 200, headers: {etag, 'x-goog-hash': `crc32c=${hashes.crc32c},md5=${hashes.md5Hash}`}}
    } catch (error) {
      rmSync(file, {force: true})
      throw error
    }
  }

  async #complete(id: string, upload: Upload, request: ServiceRequest): Promise<ServiceReply> {
    const {bucket, name, metadata} = upload
    request.authorize('storage.objects.create', `${bucket}/${name}`)
    const parts = chosen(upload, partsOf((await request.body()).toString()))
    const file = this.#store.temporary()
    try {
      const hash = new ContentHash()
      const writer = new FileWriter(file, 'w')
      try {
        for (const part of parts)
          for await (const chunk of createReadStream(part.file) as AsyncIterable<Buffer>) {
            hash.update(chunk)
            writer.write(chunk)
          }
      } finally {
        writer.close()
      }
      const {crc32c} = hash.digest()
      await this.#store.put(bucket, name, {file, metadata, hashes: {crc32c}}, ({live}) => {
        if (live) request.authorize('storage.objects.delete', `${bucket}/${name}`)
      })
    } finally {
      rmSync(file, {force: true})
    }
    this.#end(id, upload)
    const joined = createHash('md5').update(parts.map(({etag}) => etag).join(''))
    const Location = `${request.baseUrl}/${bucket}/${encodeURIComponent(name)}`
    const ETag = `"${joined.digest('hex')}-${parts.length}"`
    return xmlReply(200, 'CompleteMultipartUploadResult', {Location, Bucket: bucket, Key: name, ETag})
  }

  async #abort(id: string, upload: Upload, request: ServiceRequest): Promise<ServiceReply> {
    request.authorize('storage.multipartUploads.abort', `${upload.bucket}/${upload.name}`)
    this.#end(id, upload)
    return {status: 204}
  }

  #end(id: string, {parts}: Upload): void {
    this.#uploads.delete(id)
    for (const {file} of parts.values()) rmSync(file, {force: true})
  }
}

/** The parts that a client wants assembled; a 400 for parts that it has not uploaded. */
function chosen(upload: Upload, wanted: readonly {number: number; etag: string}[]): Part[] {
  if (wanted.length === 0) throw new ApiError(400, 'MalformedCompleteMultipartUpload', 'The list of parts is empty.')
  return wanted.map(({number, etag}, at) => {
    const part = upload.parts.get(number)
    if (at > 0 && number <= wanted[at - 1]!.number)
      throw new ApiError(400, 'InvalidPartOrder', 'The list of parts is not in ascending order.')
    if (!part || part.etag.replaceAll('"', '') !== etag.replaceAll('"', ''))
      throw new ApiError(400, 'InvalidPart', `Part ${number} was not uploaded, or not with the ETag ${etag}.`)
    if (at < wanted.length - 1 && part.size < MIN_PART) {
      const problem = `Part ${number} has ${part.size} bytes; all but the last must have ${MIN_PART} at least.`
      throw new ApiError(400, 'EntityTooSmall', problem)
    }
    return part
  })
}

/** What the headers of the start say of the object. */
function headersToMetadata({headers}: ServiceRequest): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const [name, field] of [
    ['content-type', 'contentType'],
    ['cache-control', 'cacheControl'],
    ['content-disposition', 'contentDisposition'],
    ['content-encoding', 'contentEncoding'],
    ['content-language', 'contentLanguage'],
    ['x-goog-custom-time', 'customTime'],
    ['x-goog-storage-class', 'storageClass'],
  ] as const)
    if (headers[name] !== undefined) given[field] = utf8(String(headers[name]))
  const custom = Object.entries(headers).filter(([name]) => name.startsWith('x-goog-meta-'))
  const metadata = custom.map(([name, value]) => [name.slice('x-goog-meta-'.length), utf8(String(value))])
  return {...given, ...(metadata.length > 0 && {metadata: Object.fromEntries(metadata)})}
}
