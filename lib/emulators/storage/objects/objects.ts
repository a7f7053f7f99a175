import {ApiError} from '../../service/api-error.ts'
import type {ServiceReply, ServiceRequest} from '../../service/service.ts'
import type {Picked} from '../store/object-files.ts'
import type {ObjectStore} from '../store/object-store.ts'
import {readMedia} from './media.ts'
import {changedMetadata, checkCustomTime} from './metadata.ts'
import {checkEtags, checkPreconditions, longParameter} from './preconditions.ts'
import {objectResource} from './resources.ts'
import {existing, type Target} from './target.ts'

/** Answers `objects.get`, with `alt=media` or without. */
export async function getObject(store: ObjectStore, target: Target, request: ServiceRequest): Promise<ServiceReply> {
  const {bucket, name} = target
  const {query} = request
  request.authorize('storage.objects.get', `${bucket}/${name}`)
  const isMedia = query.get('alt') === 'media'
  const check = (picked: Picked) => {
    // A caller who may not list must not learn which names exist.
    if (!picked.record) request.authorize('storage.objects.list', bucket)
    const record = existing(picked, target)
    checkPreconditions(query, picked)
    checkEtags(request, record)
    return record
  }
  try {
    await store.buckets.get(bucket)
    if (isMedia) return await readMedia(store, target, request, check)
    const record = check(await store.find(bucket, name, longParameter(query, 'generation')))
    return {status: 200, body: objectResource(bucket, record, request.baseUrl)}
  } catch (error) {
    // Media requests get their 404 and 416 as text.
    if (!isMedia || !(error instanceof ApiError) || (error.status !== 404 && error.status !== 416)) throw error
    return {status: error.status, headers: error.headers, body: error.message}
  }
}

/** Answers `objects.patch`, and `objects.update`, which also removes what it does not name. */
export async function changeObject(store: ObjectStore, target: Target, request: ServiceRequest): Promise<ServiceReply> {
  const {bucket, name} = target
  const {query} = request
  for (const permission of ['storage.objects.get', 'storage.objects.update'])
    request.authorize(permission, `${bucket}/${name}`)
  await store.buckets.get(bucket)
  const given = await request.json()
  const record = await store.patch(bucket, name, longParameter(query, 'generation'), picked => {
    const current = existing(picked, target)
    checkPreconditions(query, picked)
    checkEtags(request, current)
    const {storageClass} = current
    const changed = changedMetadata(request.method === 'PUT' ? {...(storageClass && {storageClass})} : current, given)
    checkCustomTime(current, changed)
    return changed
  })
  return {status: 200, body: objectResource(bucket, record, request.baseUrl)}
}

/** Answers `objects.delete`. */
export async function deleteObject(store: ObjectStore, target: Target, request: ServiceRequest): Promise<ServiceReply> {
  const {bucket, name} = target
  request.authorize('storage.objects.delete', `${bucket}/${name}`)
  await store.buckets.get(bucket)
  await store.delete(bucket, name, longParameter(request.query, 'generation'), picked => {
    const record = existing(picked, target)
    checkPreconditions(request.query, picked)
    checkEtags(request, record)
  })
  return {status: 204}
}
