import {rmSync} from 'node:fs'
import {ApiError} from '../../service/api-error.ts'
import {unsupported} from '../../service/google-error.ts'
import type {LocalClock, ServiceReply, ServiceRequest} from '../../service/service.ts'
import {announcedHashes, checkHashes, newMetadata} from '../objects/metadata.ts'
import {checkEtags, checkPreconditions} from '../objects/preconditions.ts'
import {objectResource} from '../objects/resources.ts'
import {checkObjectName} from '../store/names.ts'
import type {ObjectStore} from '../store/object-store.ts'
import {type Hashes, hashFile, type ObjectMetadata, type ObjectRecord} from '../store/stored-object.ts'
import {type MultipartHead, receiveMultipart} from './multipart.ts'
import {receiveFile} from './receive-file.ts'
import {receiveBytes, type UploadSession, UploadSessions} from './upload-sessions.ts'

/** Answers every kind of upload. */
export class Uploads {
  readonly #store: ObjectStore
  readonly #sessions: UploadSessions

  constructor(store: ObjectStore, clock: LocalClock) {
    this.#store = store
    this.#sessions = new UploadSessions(clock)
  }

  handle(bucket: string, request: ServiceRequest): Promise<ServiceReply> {
    const {method, query} = request
    if (query.has('upload_id')) {
      if (method === 'DELETE') return this.#cancel(request)
      if (method === 'PUT' || method === 'POST') return this.#continue(request)
    } else if (method === 'POST') {
      const type = query.get('uploadType')
      if (type === 'resumable') return this.#start(bucket, request)
      if (type === 'multipart' || type === 'media') return this.#insert(bucket, request, type === 'multipart')
    }
    throw unsupported(`${method} with uploadType=${query.get('uploadType')}`)
  }

  /** Forgets the uploads in progress. */
  clear(): void {
    this.#sessions.clear()
  }

  async #insert(bucket: string, request: ServiceRequest, isMultipart: boolean): Promise<ServiceReply> {
    const {query} = request
    const contentType = request.headers['content-type']
    request.authorize('storage.objects.create', `${bucket}/${query.get('name') ?? ''}`)
    await this.#store.buckets.get(bucket)
    const file = this.#store.temporary()
    // What the head already rules out is refused before the bytes are received.
    const check = ({metadata, mediaType}: MultipartHead) => {
      objectName(metadata, query)
      objectMetadata(metadata, mediaType, query)
    }
    try {
      const content = request.content.decoded()
      let given: Record<string, unknown> = {}
      let mediaType = contentType
      let hashes: Hashes
      if (isMultipart) {
        const received = await receiveMultipart(content, contentType, file, check)
        given = received.metadata
        mediaType = received.mediaType
        hashes = received.hashes
      } else {
        check({metadata: given, mediaType})
        hashes = await receiveFile(content, file)
      }
      return reply(bucket, await this.#commit(bucket, given, mediaType, {file, hashes}, query, request), request)
    } catch (error) {
      rmSync(file, {force: true})
      throw error
    }
  }

  async #start(bucket: string, request: ServiceRequest): Promise<ServiceReply> {
    const given = await request.json()
    const name = objectName(given, request.query)
    request.authorize('storage.objects.create', `${bucket}/${name}`)
    await this.#store.buckets.get(bucket)
    // Preconditions are checked at the end of the upload: clients understand a 412 only as the answer to their bytes.
    const {live} = await this.#store.find(bucket, name)
    if (live) request.authorize('storage.objects.delete', `${bucket}/${name}`)
    const type = request.headers['x-upload-content-type']
    const metadata = {...(typeof type === 'string' && {contentType: type}), ...given}
    objectMetadata(metadata, undefined, request.query)
    const file = this.#store.temporary()
    const {id} = this.#sessions.start({bucket, name, query: request.query, metadata, file})
    const query = new URLSearchParams({uploadType: 'resumable', name, upload_id: id})
    return {
      status: 200,
      headers: {
        location: `${request.baseUrl}/upload/storage/v1/b/${bucket}/o?${query}`,
        'x-guploader-uploadid': id,
      },
    }
  }

  async #continue(request: ServiceRequest): Promise<ServiceReply> {
    const session = this.#sessions.get(request)
    if (request.headers['content-encoding'] === 'gzip') throw unsupported('gzip of the transport in a resumable upload')
    if (request.faults.some(action => action.kind === 'goneSession')) {
      this.#sessions.end(session)
      return this.#continue(request)
    }
    const isComplete = session.done !== undefined || (await receiveBytes(session, request))
    if (!isComplete) {
      // Without a Range header the client assumes that nothing is stored, which is right.
      return {status: 308, headers: {...(session.persisted > 0 && {range: `bytes=0-${session.persisted - 1}`})}}
    }
    session.done ??= this.#finish(session, request)
    return reply(session.bucket, await session.done, request)
  }

  async #finish(session: UploadSession, request: ServiceRequest): Promise<ObjectRecord> {
    try {
      const {bucket, metadata, file, query} = session
      const hashes = session.hash?.digest() ?? (await hashFile(file, session.persisted))
      return await this.#commit(bucket, metadata, undefined, {file, hashes}, query, request)
    } catch (error) {
      this.#sessions.end(session)
      throw error
    }
  }

  async #cancel(request: ServiceRequest): Promise<ServiceReply> {
    this.#sessions.end(this.#sessions.get(request))
    return {status: 499}
  }

  async #commit(
    bucket: string,
    given: Record<string, unknown>,
    mediaType: string | undefined,
    {file, hashes}: {file: string; hashes: Hashes},
    query: URLSearchParams,
    request: ServiceRequest,
  ): Promise<ObjectRecord> {
    const name = objectName(given, query)
    const metadata = objectMetadata(given, mediaType, query)
    checkHashes(announcedHashes(given, request.headers['x-goog-hash']), hashes)
    return this.#store.put(bucket, name, {file, metadata, hashes}, picked => {
      if (picked.live) request.authorize('storage.objects.delete', `${bucket}/${name}`)
      checkPreconditions(query, picked)
      checkEtags(request, picked.live)
    })
  }
}

/** The metadata of an upload: of its headers, its query, and over those of its JSON. */
function objectMetadata(
  given: Record<string, unknown>,
  mediaType: string | undefined,
  query: URLSearchParams,
): ObjectMetadata {
  const encoding = query.get('contentEncoding')
  return newMetadata({
    ...(mediaType !== undefined && {contentType: mediaType}),
    ...(encoding !== null && {contentEncoding: encoding}),
    ...given,
  })
}

function objectName(given: Record<string, unknown>, query: URLSearchParams): string {
  const name = query.get('name') ?? given['name']
  if (typeof name !== 'string' || name === '') {
    const extra = {locationType: 'parameter', location: 'name'}
    throw new ApiError(400, 'required', 'Required parameter: name', {extra})
  }
  checkObjectName(name)
  return name
}

function reply(bucket: string, record: ObjectRecord, request: ServiceRequest): ServiceReply {
  return {status: 200, body: objectResource(bucket, record, request.baseUrl)}
}
