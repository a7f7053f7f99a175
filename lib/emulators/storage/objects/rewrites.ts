import {randomUUID} from 'node:crypto'
import {createWriteStream} from 'node:fs'
import {rm, writeFile} from 'node:fs/promises'
import {pipeline} from 'node:stream/promises'
import {ApiError} from '../../service/api-error.ts'
import type {LocalClock, ServiceReply, ServiceRequest} from '../../service/service.ts'
import type {Guard} from '../store/object-files.ts'
import type {ObjectStore} from '../store/object-store.ts'
import type {ObjectMetadata, ObjectRecord} from '../store/stored-object.ts'
import {copiedMetadata} from './metadata.ts'
import {checkPreconditions, longParameter} from './preconditions.ts'
import {objectResource} from './resources.ts'
import {WEEK} from './session-lifetime.ts'
import {existing, type Target} from './target.ts'

const MiB = 2 ** 20

/** A copy in progress. */
interface Rewrite {
  readonly from: Target
  readonly to: Target
  /** The source as it was at the first call: its generation is copied to the end. */
  readonly source: ObjectRecord
  /** The query of the first call: its preconditions hold at the end, too. */
  readonly query: URLSearchParams
  readonly metadata: ObjectMetadata
  /** Bytes in one call. */
  readonly step: number
  readonly file: string
  readonly started: number
  copied: number
}

/** Answers `objects.rewrite`, `objects.copy` and `objects.move`. Copies in several calls live in memory. */
export class Rewrites {
  readonly #store: ObjectStore
  readonly #clock: LocalClock
  readonly #open = new Map<string, Rewrite>()

  constructor(store: ObjectStore, clock: LocalClock) {
    this.#store = store
    this.#clock = clock
  }

  async rewrite(from: Target, to: Target, request: ServiceRequest): Promise<ServiceReply> {
    const token = request.query.get('rewriteToken')
    const rewrite = token ? this.#continued(token, from, to, request) : await this.#start(from, to, request)
    try {
      await this.#copy(rewrite)
      const done = rewrite.copied === rewrite.source.size
      const rewriteToken = done ? undefined : (token ?? randomUUID())
      if (rewriteToken) this.#open.set(rewriteToken, rewrite)
      const resource = done ? await this.#finish(rewrite, request) : undefined
      const body = {
        kind: 'storage#rewriteResponse',
        totalBytesRewritten: String(rewrite.copied),
        objectSize: String(rewrite.source.size),
        done,
        ...(rewriteToken && {rewriteToken}),
        ...(resource && {resource}),
      }
      if (done) await this.#end(token, rewrite)
      return {status: 200, body}
    } catch (error) {
      await this.#end(token, rewrite)
      throw error
    }
  }

  /** The older call, which copies in one go. */
  async copy(from: Target, to: Target, request: ServiceRequest): Promise<ServiceReply> {
    const rewrite = {...(await this.#start(from, to, request)), step: Number.POSITIVE_INFINITY}
    try {
      await this.#copy(rewrite)
      return {status: 200, body: await this.#finish(rewrite, request)}
    } finally {
      await this.#end(null, rewrite)
    }
  }

  async move(from: Target, to: Target, request: ServiceRequest): Promise<ServiceReply> {
    request.authorize('storage.objects.move', `${from.bucket}/${from.name}`)
    request.authorize('storage.objects.create', `${to.bucket}/${to.name}`)
    await this.#store.buckets.get(from.bucket)
    const check: Guard = source => {
      existing(source, from)
      checkPreconditions(request.query, source, 'ifSource')
    }
    const record = await this.#store.move(from.bucket, from.name, to.name, check, guardOf(to, request.query, request))
    return {status: 200, body: objectResource(to.bucket, record, request.baseUrl)}
  }

  /** Forgets the copies in progress. */
  clear(): void {
    this.#open.clear()
  }

  async #start(from: Target, to: Target, request: ServiceRequest): Promise<Rewrite> {
    const {query} = request
    request.authorize('storage.objects.get', `${from.bucket}/${from.name}`)
    request.authorize('storage.objects.create', `${to.bucket}/${to.name}`)
    const bucket = await this.#store.buckets.get(from.bucket)
    const target = await this.#store.buckets.get(to.bucket)
    const given = await request.json()
    const picked = await this.#store.find(from.bucket, from.name, longParameter(query, 'sourceGeneration'))
    const source = existing(picked, from)
    checkPreconditions(query, picked, 'ifSource')
    guardOf(to, query, request)(await this.#store.find(to.bucket, to.name))
    const metadata = copiedMetadata(source, given)
    // What stays in its place and class is never copied byte by byte, so the limit has no meaning for it.
    const {storageClass = 'STANDARD'} = source
    const isNear =
      bucket.location === target.location && storageClass === (metadata.storageClass ?? target.storageClass)
    const limit = stepOf(query)
    const file = this.#store.temporary()
    await writeFile(file, '')
    return {
      from,
      to,
      source,
      query,
      metadata,
      step: isNear ? Number.POSITIVE_INFINITY : limit,
      file,
      started: this.#clock.now(),
      copied: 0,
    }
  }

  #continued(token: string, from: Target, to: Target, request: ServiceRequest): Rewrite {
    const rewrite = this.#open.get(token)
    if (rewrite && this.#clock.now() - rewrite.started > WEEK)
      throw new ApiError(410, 'gone', 'The rewriteToken has expired.')
    const isSame =
      rewrite &&
      same(from, rewrite.from) &&
      same(to, rewrite.to) &&
      (!request.query.has('maxBytesRewrittenPerCall') || stepOf(request.query) === rewrite.step)
    if (!isSame) throw new ApiError(400, 'invalid', 'Invalid rewriteToken: it belongs to no copy of these objects.')
    request.authorize('storage.objects.get', `${from.bucket}/${from.name}`)
    request.authorize('storage.objects.create', `${to.bucket}/${to.name}`)
    return rewrite
  }

  /** Copies what belongs to one call. */
  async #copy(rewrite: Rewrite): Promise<void> {
    const {from, source, file, copied: start, step} = rewrite
    const end = Math.min(source.size, start + step)
    if (end === start) return
    const opened = await this.#store.open(from.bucket, from.name, source.generation)
    try {
      existing(opened, from)
      await pipeline(opened.content!.stream({start, end: end - 1}), createWriteStream(file, {flags: 'a'}))
    } finally {
      opened.content?.close()
    }
    rewrite.copied = end
  }

  async #finish({to, source, metadata, file, query}: Rewrite, request: ServiceRequest): Promise<object> {
    const {componentCount} = source
    const draft = {file, metadata, hashes: source, ...(componentCount && {componentCount})}
    const record = await this.#store.put(to.bucket, to.name, draft, guardOf(to, query, request))
    return objectResource(to.bucket, record, request.baseUrl)
  }

  async #end(token: string | null, {file}: Rewrite): Promise<void> {
    if (token) this.#open.delete(token)
    await rm(file, {force: true})
  }
}

function guardOf({bucket, name}: Target, query: URLSearchParams, request: ServiceRequest): Guard {
  return picked => {
    if (picked.live) request.authorize('storage.objects.delete', `${bucket}/${name}`)
    checkPreconditions(query, picked)
  }
}

function stepOf(query: URLSearchParams): number {
  const limit = longParameter(query, 'maxBytesRewrittenPerCall')
  if (limit === undefined) return Number.POSITIVE_INFINITY
  if (limit > 0 && limit % MiB === 0) return limit
  throw new ApiError(400, 'invalidParameter', 'maxBytesRewrittenPerCall must be a positive multiple of 1 MiB.', {
    extra: {locationType: 'parameter', location: 'maxBytesRewrittenPerCall'},
  })
}

function same(a: Target, b: Target): boolean {
  return a.bucket === b.bucket && a.name === b.name
}
