import {mkdir} from 'node:fs/promises'
import type {LocalContents} from '../service/contents.ts'
import {unsupported} from '../service/google-error.ts'
import type {Service, ServiceOptions, ServiceReply, ServiceRequest} from '../service/service.ts'
import {allBuckets, oneBucket, testPermissions} from './buckets/bucket-calls.ts'
import {serviceAccount} from './buckets/service-account.ts'
import {composeObject} from './objects/compose.ts'
import {listObjects} from './objects/listing.ts'
import {changeObject, deleteObject, getObject} from './objects/objects.ts'
import {Rewrites} from './objects/rewrites.ts'
import type {Target} from './objects/target.ts'
import {decodeSegment} from './store/names.ts'
import {ObjectStore} from './store/object-store.ts'
import {Uploads} from './uploads/uploads.ts'
import {XmlMultipart} from './xml/xml-multipart.ts'

/** Makes the Cloud Storage of the local cloud: the JSON API over the files in `options.dir`. */
export async function createStorageService(options: ServiceOptions): Promise<Service> {
  await mkdir(options.dir, {recursive: true})
  return new StorageService(options)
}

class StorageService implements Service {
  readonly name = 'storage'
  readonly #store: ObjectStore
  readonly #uploads: Uploads
  readonly #rewrites: Rewrites
  readonly #multipart: XmlMultipart

  constructor({dir, clock}: ServiceOptions) {
    this.#store = new ObjectStore(dir, clock)
    this.#uploads = new Uploads(this.#store, clock)
    this.#rewrites = new Rewrites(this.#store, clock)
    this.#multipart = new XmlMultipart(this.#store, clock)
  }

  async handle(request: ServiceRequest): Promise<ServiceReply> {
    const {method, path} = request
    checkKeys(request)
    if (/^\/projects(\/|$)/.test(path)) return serviceAccount(request)
    if (!/^(\/upload)?\/b(\/|$)/.test(path)) return this.#multipart.handle(request)
    const isUpload = path.startsWith('/upload/')
    const [, , bucket, o, name, action, ...rest] = path
      .replace(/^\/upload/, '')
      .split('/')
      .map(decodeSegment)
    if (!bucket) return allBuckets(this.#store, request)
    if (o === undefined) return oneBucket(this.#store, bucket, request)
    if (o === 'iam' && name === 'testPermissions' && method === 'GET')
      return testPermissions(this.#store, bucket, request)
    if (o !== 'o') throw unsupported(`${method} ${path}`)
    if (isUpload) return this.#uploads.handle(bucket, request)
    if (name === undefined || name === '') return this.#objects(bucket, request)
    if (action === undefined) return this.#object({bucket, name}, request)
    const reply = method === 'POST' ? this.#action({bucket, name}, action, rest, request) : undefined
    if (!reply) throw unsupported(`${method} ${path}`)
    return reply
  }

  async contents(): Promise<Partial<LocalContents>> {
    const all = await this.#store.buckets.list()
    const count = async (name: string) => ({name, objects: (await this.#store.names(name, '')).length})
    return {buckets: await Promise.all(all.map(({name}) => count(name)))}
  }

  async reset(): Promise<void> {
    this.#forget()
    await this.#store.reset()
  }

  async close(): Promise<void> {
    this.#forget()
    await this.#store.clean()
  }

  #forget(): void {
    this.#uploads.clear()
    this.#rewrites.clear()
    this.#multipart.clear()
  }

  #objects(bucket: string, request: ServiceRequest): Promise<ServiceReply> {
    if (request.method !== 'GET') throw unsupported(`${request.method} ${request.path} outside of /upload`)
    request.authorize('storage.objects.list', bucket)
    return listObjects(this.#store, bucket, request)
  }

  #object(target: Target, request: ServiceRequest): Promise<ServiceReply> {
    if (request.method === 'GET') return getObject(this.#store, target, request)
    if (request.method === 'PATCH' || request.method === 'PUT') return changeObject(this.#store, target, request)
    if (request.method === 'DELETE') return deleteObject(this.#store, target, request)
    throw unsupported(`${request.method} of an object`)
  }

  #action(
    from: Target,
    action: string,
    [a, b, c, d, ...more]: readonly string[],
    request: ServiceRequest,
  ): Promise<ServiceReply> | undefined {
    if (action === 'compose' && a === undefined) return composeObject(this.#store, from, request)
    if (action === 'moveTo' && a === 'o' && b && c === undefined)
      return this.#rewrites.move(from, {bucket: from.bucket, name: b}, request)
    if (a !== 'b' || !b || c !== 'o' || !d || more.length > 0) return undefined
    const to = {bucket: b, name: d}
    if (action === 'rewriteTo') return this.#rewrites.rewrite(from, to, request)
    if (action === 'copyTo') return this.#rewrites.copy(from, to, request)
    return undefined
  }
}

/** Refuses encryption keys in headers and parameters: accepting them and storing plain bytes would mislead. */
function checkKeys({headers, query}: ServiceRequest): void {
  for (const name of ['kmsKeyName', 'destinationKmsKeyName'])
    if (query.get(name)) throw unsupported(`the encryption key of \`${name}\``)
  for (const name in headers)
    if (/^x-goog-(copy-source-)?encryption-/.test(name)) throw unsupported(`the encryption key of the header ${name}`)
}
