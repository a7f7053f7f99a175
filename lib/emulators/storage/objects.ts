import {createWriteStream} from 'node:fs'
import {rm, stat} from 'node:fs/promises'
import {pipeline} from 'node:stream/promises'
import {ApiError, type ServiceReply, type ServiceRequest} from '../service.ts'
import {readMedia} from './media.ts'
import {changedMetadata, newMetadata} from './metadata.ts'
import type {ObjectStore} from './object-store.ts'
import {checkPreconditions, longParameter} from './preconditions.ts'
import {objectResource} from './resources.ts'
import {hashFile, type ObjectRecord} from './stored-object.ts'

const MAX_SOURCES = 32

/** An object as a request names it. */
export interface Target {
  bucket: string
  name: string
}

/** Answers `objects.get`, with `alt=media` or without. */
export async function getObject(store: ObjectStore, {bucket, name}: Target, request: ServiceRequest) {
  request.authorize('storage.objects.get', `${bucket}/${name}`)
  await store.buckets.get(bucket)
  const isMedia = request.query.get('alt') === 'media'
  const check = (record: ObjectRecord | undefined) => {
    const live = pinned(record, request.query)
    if (!live) {
      // Whoever may not list must not learn which names exist.
      request.authorize('storage.objects.list', bucket)
      throw noSuchObject(bucket, name)
    }
    checkPreconditions(request.query, live)
  }
  try {
    if (isMedia) return await readMedia(store, bucket, name, request, check)
    const record = await store.find(bucket, name)
    check(record)
    return {status: 200, body: objectResource(bucket, record!, request.baseUrl)}
  } catch (error) {
    // Media requests get their 404 and 416 as text.
    if (!isMedia || !(error instanceof ApiError) || (error.status !== 404 && error.status !== 416)) throw error
    return {status: error.status, headers: error.headers, body: error.message}
  }
}

/** Answers `objects.patch`. */
export async function patchObject(
  store: ObjectStore,
  {bucket, name}: Target,
  request: ServiceRequest,
): Promise<ServiceReply> {
  for (const permission of ['storage.objects.get', 'storage.objects.update'])
    request.authorize(permission, `${bucket}/${name}`)
  await store.buckets.get(bucket)
  const given = await request.json()
  const record = await store.patch(bucket, name, current => {
    checkPreconditions(request.query, existing(current, request.query, bucket, name))
    return changedMetadata(current!, given)
  })
  return {status: 200, body: objectResource(bucket, record, request.baseUrl)}
}

/** Answers `objects.delete`. */
export async function deleteObject(
  store: ObjectStore,
  {bucket, name}: Target,
  request: ServiceRequest,
): Promise<ServiceReply> {
  request.authorize('storage.objects.delete', `${bucket}/${name}`)
  await store.buckets.get(bucket)
  await store.delete(bucket, name, current => {
    checkPreconditions(request.query, existing(current, request.query, bucket, name))
  })
  return {status: 204}
}

interface ComposeRequest {
  destination?: Record<string, unknown>
  sourceObjects?: {name?: string; generation?: string; objectPreconditions?: {ifGenerationMatch?: string}}[]
}

/** Answers `objects.compose`. */
export async function composeObject(
  store: ObjectStore,
  {bucket, name}: Target,
  request: ServiceRequest,
): Promise<ServiceReply> {
  request.authorize('storage.objects.create', `${bucket}/${name}`)
  await store.buckets.get(bucket)
  const {destination = {}, sourceObjects = []} = await request.json<ComposeRequest>()
  if (sourceObjects.length === 0) throw new ApiError(400, 'required', 'You must provide at least one source component.')
  if (sourceObjects.length > MAX_SOURCES) {
    const problem = `The number of source components provided (${sourceObjects.length}) exceeds the maximum (${MAX_SOURCES})`
    throw new ApiError(400, 'invalid', problem)
  }
  const metadata = newMetadata(destination)
  const file = await store.temporary()
  let componentCount = 0
  try {
    for (const source of sourceObjects) {
      request.authorize('storage.objects.get', `${bucket}/${source.name}`)
      const opened = await store.open(bucket, source.name ?? '')
      try {
        const query = new URLSearchParams(source.objectPreconditions)
        if (source.generation) query.set('generation', String(source.generation))
        const record = existing(opened?.record, query, bucket, source.name ?? '')
        checkPreconditions(query, record)
        componentCount += record.componentCount ?? 1
        await pipeline(opened!.handle.createReadStream({autoClose: false}), createWriteStream(file, {flags: 'a'}))
      } finally {
        await opened?.handle.close()
      }
    }
    const draft = {file, metadata, hashes: await hashFile(file, (await stat(file)).size), componentCount}
    const record = await store.put(bucket, name, draft, current => {
      if (current) request.authorize('storage.objects.delete', `${bucket}/${name}`)
      checkPreconditions(request.query, current)
    })
    return {status: 200, body: objectResource(bucket, record, request.baseUrl)}
  } finally {
    await rm(file, {force: true})
  }
}

/** The live version, unless the request pins another generation: overwritten ones are not kept. */
function pinned(record: ObjectRecord | undefined, query: URLSearchParams): ObjectRecord | undefined {
  const generation = longParameter(query, 'generation')
  return generation === undefined || generation === record?.generation ? record : undefined
}

function existing(
  record: ObjectRecord | undefined,
  query: URLSearchParams,
  bucket: string,
  name: string,
): ObjectRecord {
  const live = pinned(record, query)
  if (!live) throw noSuchObject(bucket, name)
  return live
}

function noSuchObject(bucket: string, name: string): ApiError {
  return new ApiError(404, 'notFound', `No such object: ${bucket}/${name}`)
}
