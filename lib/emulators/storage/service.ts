import {mkdir} from 'node:fs/promises'
import type {LocalContents} from '../contents.ts'
import {unsupported} from '../google-error.ts'
import {ApiError, type Service, type ServiceOptions, type ServiceReply, type ServiceRequest} from '../service.ts'
import {listObjects} from './listing.ts'
import {decodeSegment} from './names.ts'
import {ObjectStore} from './object-store.ts'
import {composeObject, deleteObject, getObject, patchObject} from './objects.ts'
import {longParameter} from './preconditions.ts'
import {bucketResource} from './resources.ts'
import {testBucketPermissions} from './test-permissions.ts'
import {Uploads} from './uploads.ts'

/** Makes the Cloud Storage of the local cloud: the JSON API over the files in `options.dir`. */
export async function createStorageService(options: ServiceOptions): Promise<Service> {
  await mkdir(options.dir, {recursive: true})
  return new StorageService(new ObjectStore(options.dir, options.clock))
}

class StorageService implements Service {
  readonly name = 'storage'
  readonly #store: ObjectStore
  readonly #uploads: Uploads

  constructor(store: ObjectStore) {
    this.#store = store
    this.#uploads = new Uploads(store)
  }

  async handle(request: ServiceRequest): Promise<ServiceReply> {
    const isUpload = request.path.startsWith('/upload/')
    const [, , bucket, o, name, action, ...rest] = request.path
      .replace(/^\/upload/, '')
      .split('/')
      .map(decodeSegment)
    if (!bucket) return this.#allBuckets(request)
    if (o === undefined) return this.#oneBucket(bucket, request)
    if (o === 'iam' && name === 'testPermissions') return testBucketPermissions(this.#store, bucket, request)
    if (o !== 'o') throw unsupported(`${request.method} ${request.path}`)
    if (isUpload) return this.#uploads.handle(bucket, request)
    if (name === undefined || name === '') return this.#objects(bucket, request)
    if (action === undefined) return this.#object({bucket, name}, request)
    if (action === 'compose' && rest.length === 0 && request.method === 'POST')
      return composeObject(this.#store, {bucket, name}, request)
    throw unsupported(`${request.method} ${request.path}`)
  }

  async contents(): Promise<Partial<LocalContents>> {
    const all = await this.#store.buckets.list()
    const count = async (name: string) => ({name, objects: (await this.#store.names(name, '')).length})
    return {buckets: await Promise.all(all.map(({name}) => count(name)))}
  }

  async reset(): Promise<void> {
    this.#uploads.clear()
    await this.#store.reset()
  }

  async close(): Promise<void> {
    this.#uploads.clear()
    await this.#store.clean()
  }

  async #allBuckets(request: ServiceRequest): Promise<ServiceReply> {
    const {method, query, baseUrl} = request
    const project = query.get('project')
    if (!project) {
      const extra = {locationType: 'parameter', location: 'project'}
      throw new ApiError(400, 'required', 'Required parameter: project', {extra})
    }
    if (method === 'GET') {
      request.authorize('storage.buckets.list', `project ${project}`)
      const prefix = query.get('prefix') ?? ''
      const token = query.get('pageToken') ?? ''
      const all = await this.#store.buckets.list()
      const rest = all.filter(bucket => bucket.name.startsWith(prefix) && bucket.name > token)
      const page = rest.slice(0, longParameter(query, 'maxResults') || 1000)
      const last = page.length < rest.length ? page.at(-1)?.name : undefined
      const items = page.map(bucket => bucketResource(bucket, baseUrl))
      const body = {kind: 'storage#buckets', ...(last && {nextPageToken: last}), ...(items.length > 0 && {items})}
      return {status: 200, body}
    }
    if (method !== 'POST') throw unsupported(`${method} ${request.path}`)
    request.authorize('storage.buckets.create', `project ${project}`)
    const given = await request.json<{
      name?: string
      location?: string
      storageClass?: string
      labels?: Record<string, string>
      versioning?: {enabled?: boolean}
    }>()
    if (given.versioning?.enabled) throw unsupported('a bucket with object versioning')
    const bucket = await this.#store.buckets.create(given.name ?? '', {
      ...(given.location && {location: given.location.toUpperCase()}),
      ...(given.storageClass && {storageClass: given.storageClass}),
      ...(given.labels && {labels: given.labels}),
    })
    return {status: 200, body: bucketResource(bucket, baseUrl)}
  }

  async #oneBucket(name: string, request: ServiceRequest): Promise<ServiceReply> {
    if (request.method === 'GET') {
      request.authorize('storage.buckets.get', name)
      return {status: 200, body: bucketResource(await this.#store.buckets.get(name), request.baseUrl)}
    }
    if (request.method !== 'DELETE') throw unsupported(`${request.method} of a bucket`)
    request.authorize('storage.buckets.delete', name)
    await this.#store.deleteBucket(name)
    return {status: 204}
  }

  #objects(bucket: string, request: ServiceRequest): Promise<ServiceReply> {
    if (request.method !== 'GET') throw unsupported(`${request.method} ${request.path} outside of /upload`)
    request.authorize('storage.objects.list', bucket)
    return listObjects(this.#store, bucket, request)
  }

  #object(target: {bucket: string; name: string}, request: ServiceRequest): Promise<ServiceReply> {
    if (request.method === 'GET') return getObject(this.#store, target, request)
    if (request.method === 'PATCH') return patchObject(this.#store, target, request)
    if (request.method === 'DELETE') return deleteObject(this.#store, target, request)
    throw unsupported(`${request.method} of an object`)
  }
}
