import {createWriteStream} from 'node:fs'
import {rm, stat} from 'node:fs/promises'
import {pipeline} from 'node:stream/promises'
import {ApiError} from '../../service/api-error.ts'
import type {ServiceReply, ServiceRequest} from '../../service/service.ts'
import type {ObjectStore} from '../store/object-store.ts'
import {hashFile} from '../store/stored-object.ts'
import {newMetadata} from './metadata.ts'
import {checkPreconditions, longParameter} from './preconditions.ts'
import {objectResource} from './resources.ts'
import {existing, type Target} from './target.ts'

const MAX_SOURCES = 32

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
  const file = store.temporary()
  let componentCount = 0
  try {
    for (const source of sourceObjects) {
      request.authorize('storage.objects.get', `${bucket}/${source.name}`)
      const query = new URLSearchParams(source.objectPreconditions)
      if (source.generation) query.set('generation', String(source.generation))
      const opened = await store.open(bucket, source.name ?? '', longParameter(query, 'generation'))
      try {
        const record = existing(opened, {bucket, name: source.name ?? ''})
        checkPreconditions(query, opened)
        componentCount += record.componentCount ?? 1
        await pipeline(opened.content!.stream({start: 0, end: record.size - 1}), createWriteStream(file, {flags: 'a'}))
      } finally {
        opened.content?.close()
      }
    }
    const draft = {file, metadata, hashes: await hashFile(file, (await stat(file)).size), componentCount}
    const record = await store.put(bucket, name, draft, picked => {
      if (picked.live) request.authorize('storage.objects.delete', `${bucket}/${name}`)
      checkPreconditions(request.query, picked)
    })
    return {status: 200, body: objectResource(bucket, record, request.baseUrl)}
  } finally {
    await rm(file, {force: true})
  }
}
