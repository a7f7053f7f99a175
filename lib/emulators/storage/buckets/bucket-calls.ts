import {ApiError} from '../../service/api-error.ts'
import {unsupported} from '../../service/google-error.ts'
import {grantedOf} from '../../service/granted.ts'
import type {ServiceReply, ServiceRequest} from '../../service/service.ts'
import {checkEtags, checkPreconditions, longParameter} from '../objects/preconditions.ts'
import {bucketResource} from '../objects/resources.ts'
import {DEFAULT_SETTINGS} from '../store/buckets.ts'
import type {ObjectStore} from '../store/object-store.ts'
import {changedSettings} from './bucket-settings.ts'

/** Answers `buckets.list` and `buckets.insert`. */
export async function allBuckets(store: ObjectStore, request: ServiceRequest): Promise<ServiceReply> {
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
    const all = await store.buckets.list()
    const rest = all.filter(bucket => bucket.name.startsWith(prefix) && bucket.name > token)
    const page = rest.slice(0, longParameter(query, 'maxResults') || 1000)
    const last = page.length < rest.length ? page.at(-1)?.name : undefined
    const items = page.map(bucket => bucketResource(bucket, baseUrl))
    const body = {kind: 'storage#buckets', ...(last && {nextPageToken: last}), ...(items.length > 0 && {items})}
    return {status: 200, body}
  }
  if (method !== 'POST') throw unsupported(`${method} ${request.path}`)
  request.authorize('storage.buckets.create', `project ${project}`)
  const given = await request.json()
  const name = typeof given['name'] === 'string' ? given['name'] : ''
  const bucket = await store.buckets.create(name, changedSettings(DEFAULT_SETTINGS, given))
  return {status: 200, body: bucketResource(bucket, baseUrl)}
}

/** Answers `buckets.get`, `.patch`, `.update` and `.delete`. */
export async function oneBucket(store: ObjectStore, name: string, request: ServiceRequest): Promise<ServiceReply> {
  const {method, query, baseUrl} = request
  const check = (bucket: {metageneration: number}) => {
    const version = {generation: 0, metageneration: bucket.metageneration}
    checkPreconditions(query, {record: version, live: version})
    checkEtags(request, version)
  }
  if (method === 'GET') {
    request.authorize('storage.buckets.get', name)
    const bucket = await store.buckets.get(name)
    check(bucket)
    return {status: 200, body: bucketResource(bucket, baseUrl)}
  }
  if (method === 'PATCH' || method === 'PUT') {
    for (const permission of ['storage.buckets.get', 'storage.buckets.update']) request.authorize(permission, name)
    const given = await request.json()
    const bucket = await store.buckets.change(name, current => {
      check(current)
      const {location, storageClass} = current
      const settings = changedSettings(method === 'PUT' ? {location, storageClass} : current, given)
      if (settings.location !== location)
        throw new ApiError(400, 'invalid', 'The location of a bucket cannot be changed.')
      return settings
    })
    return {status: 200, body: bucketResource(bucket, baseUrl)}
  }
  if (method !== 'DELETE') throw unsupported(`${method} of a bucket`)
  request.authorize('storage.buckets.delete', name)
  check(await store.buckets.get(name))
  await store.deleteBucket(name)
  return {status: 204}
}

/** Answers `buckets.testIamPermissions`: which of the named permissions the caller has. */
export async function testPermissions(
  store: ObjectStore,
  name: string,
  request: ServiceRequest,
): Promise<ServiceReply> {
  await store.buckets.get(name)
  const permissions = grantedOf(request.query.getAll('permissions'), permission => request.authorize(permission, name))
  const body = {kind: 'storage#testIamPermissionsResponse', ...(permissions.length > 0 && {permissions})}
  return {status: 200, body}
}
