import {createWriteStream} from 'node:fs'
import {rm, stat} from 'node:fs/promises'
import {pipeline} from 'node:stream/promises'
import {unsupported} from '../google-error.ts'
import {ApiError, type LocalClock, type ServiceReply, type ServiceRequest} from '../service.ts'
import {announcedHashes, checkHashes, newMetadata} from './metadata.ts'
import {receiveMultipart} from './multipart.ts'
import {checkObjectName} from './names.ts'
import type {ObjectStore} from './object-store.ts'
import {checkPreconditions} from './preconditions.ts'
import {objectResource} from './resources.ts'
import {hashFile, type ObjectRecord} from './stored-object.ts'
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
    request.authorize('storage.objects.create', `${bucket}/${request.query.get('name') ?? ''}`)
    await this.#store.buckets.get(bucket)
    const file = await this.#store.temporary()
    const contentType = request.headers['content-type']
    try {
      let given: Record<string, unknown> = {}
      let mediaType = contentType
      if (isMultipart) {
        const head = await receiveMultipart(request.raw, contentType, file)
        given = head.metadata
        mediaType = head.mediaType
      } else await pipeline(request.raw, createWriteStream(file))
      return reply(bucket, await this.#commit(bucket, given, mediaType, file, request.query, request), request)
    } finally {
      await rm(file, {force: true})
    }
  }

  async #start(bucket: string, request: ServiceRequest): Promise<ServiceReply> {
    const given = await request.json()
    const name = objectName(given, request.query)
    request.authorize('storage.objects.create', `${bucket}/${name}`)
    await this.#store.buckets.get(bucket)
    const picked = await this.#store.find(bucket, name)
    if (picked.live) request.authorize('storage.objects.delete', `${bucket}/${name}`)
    checkPreconditions(request.query, picked)
    const type = request.headers['x-upload-content-type']
    const metadata = {...(typeof type === 'string' && {contentType: type}), ...given}
    newMetadata(metadata)
    const file = await this.#store.temporary()
    const {id} = await this.#sessions.start({bucket, name, query: request.query, metadata, file})
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
    if (request.faults.some(action => action.kind === 'goneSession')) {
      await this.#sessions.end(session)
      return this.#continue(request)
    }
    const isComplete = session.done !== undefined || (await receiveBytes(session, request))
    if (!isComplete) {
      // Without a Range header the client takes it that nothing is stored, which is what it means.
      return {status: 308, headers: {...(session.persisted > 0 && {range: `bytes=0-${session.persisted - 1}`})}}
    }
    session.done ??= await this.#finish(session, request)
    return reply(session.bucket, session.done, request)
  }

  async #finish(session: UploadSession, request: ServiceRequest): Promise<ObjectRecord> {
    try {
      return await this.#commit(session.bucket, session.metadata, undefined, session.file, session.query, request)
    } catch (error) {
      await this.#sessions.end(session)
      throw error
    }
  }

  async #cancel(request: ServiceRequest): Promise<ServiceReply> {
    await this.#sessions.end(this.#sessions.get(request))
    return {status: 499}
  }

  async #commit(
    bucket: string,
    given: Record<string, unknown>,
    mediaType: string | undefined,
    file: string,
    query: URLSearchParams,
    request: ServiceRequest,
  ): Promise<ObjectRecord> {
    const name = objectName(given, query)
    const encoding = query.get('contentEncoding')
    const metadata = newMetadata({
      ...(mediaType !== undefined && {contentType: mediaType}),
      ...(encoding !== null && {contentEncoding: encoding}),
      ...given,
    })
    const hashes = await hashFile(file, (await stat(file)).size)
    checkHashes(announcedHashes(given, request.headers['x-goog-hash']), hashes)
    return this.#store.put(bucket, name, {file, metadata, hashes}, picked => {
      if (picked.live) request.authorize('storage.objects.delete', `${bucket}/${name}`)
      checkPreconditions(query, picked)
    })
  }
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
