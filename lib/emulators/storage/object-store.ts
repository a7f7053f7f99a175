import {type FileHandle, lstat, open} from 'node:fs/promises'
import {Mutex} from '../mutex.ts'
import {ApiError, type LocalClock} from '../service.ts'
import {BucketFolder, type Found} from './bucket-folder.ts'
import {Buckets} from './buckets.ts'
import {checkObjectName} from './names.ts'
import {Sidecars} from './sidecars.ts'
import {type Hashes, hashFile, type ObjectMetadata, type ObjectRecord} from './stored-object.ts'

/** How many files a listing looks at side by side. */
const AT_ONCE = 16

/** A new version of an object: a finished file, and what is to be kept with it. */
export interface Draft {
  file: string
  metadata: ObjectMetadata
  hashes: Hashes
  /** Set for composed objects, which have no MD5. */
  componentCount?: number
}

/** Looks at the live version before it is replaced, changed or deleted, and throws to prevent it. */
export type Guard = (current: ObjectRecord | undefined) => void

/**
 * Objects as plain files in `DIR/<bucket>/`, with a sidecar each in `DIR/.meta`. Changes happen one at a time; bytes
 * are received into a temporary file before and read from an open file after, so a slow client holds up nobody.
 */
export class ObjectStore {
  readonly buckets: Buckets
  readonly #sidecars: Sidecars
  readonly #clock: LocalClock
  readonly #mutex = new Mutex()
  #lastGeneration = 0

  constructor(dir: string, clock: LocalClock) {
    this.#sidecars = new Sidecars(dir)
    this.#clock = clock
    this.buckets = new Buckets(dir, this.#sidecars, clock)
  }

  /** A path for a file in the making. */
  temporary(): Promise<string> {
    return this.#sidecars.temporary()
  }

  /** The live version of an object. */
  find(bucket: string, name: string): Promise<ObjectRecord | undefined> {
    return this.#mutex.run(async () => this.#record(bucket, await this.#folder(bucket).find(name)))
  }

  /** The live version and its open file, which stays what it is when the object is overwritten meanwhile. */
  async open(bucket: string, name: string): Promise<{record: ObjectRecord; handle: FileHandle} | undefined> {
    return this.#mutex.run(async () => {
      const found = await this.#folder(bucket).find(name)
      const record = await this.#record(bucket, found)
      return found && record && {record, handle: await open(found.file)}
    })
  }

  /** Names with this prefix, in order; `records` gives what a page needs of them. */
  names(bucket: string, prefix: string): Promise<Found[]> {
    return this.#mutex.run(() => this.#folder(bucket).list(prefix))
  }

  /** The records of some of the objects that {@link names} gave; those deleted since are left out. */
  records(bucket: string, found: readonly Found[]): Promise<ObjectRecord[]> {
    return this.#mutex.run(async () => {
      const records: ObjectRecord[] = []
      for (let at = 0; at < found.length; at += AT_ONCE) {
        const some = await Promise.all(found.slice(at, at + AT_ONCE).map(one => this.#record(bucket, one)))
        records.push(...some.filter(record => record !== undefined))
      }
      return records
    })
  }

  /** Makes a draft the live version of an object. */
  put(bucket: string, name: string, draft: Draft, guard: Guard): Promise<ObjectRecord> {
    checkObjectName(name)
    return this.#mutex.run(async () => {
      await this.buckets.get(bucket)
      const folder = this.#folder(bucket)
      const current = await this.#record(bucket, await folder.find(name))
      guard(current)
      const file = await folder.place(draft.file, name)
      const now = new Date(this.#clock.now()).toISOString()
      const {md5Hash, crc32c} = draft.hashes
      const record: ObjectRecord = {
        ...draft.metadata,
        name,
        generation: this.#nextGeneration(current?.generation),
        metageneration: 1,
        crc32c,
        ...(draft.componentCount === undefined ? {md5Hash} : {componentCount: draft.componentCount}),
        timeCreated: now,
        updated: now,
        isUploaded: true,
        ...(await fileState(file)),
      }
      await this.#sidecars.write(bucket, record)
      return record
    })
  }

  /** Changes an object's metadata. */
  patch(bucket: string, name: string, change: (current: ObjectRecord | undefined) => ObjectMetadata) {
    return this.#mutex.run(async () => {
      const current = await this.#record(bucket, await this.#folder(bucket).find(name))
      const metadata = change(current)
      if (!current) throw new Error('a change of a missing object')
      const record: ObjectRecord = {
        ...fixedPart(current),
        ...metadata,
        metageneration: current.metageneration + 1,
        updated: new Date(this.#clock.now()).toISOString(),
      }
      await this.#sidecars.write(bucket, record)
      return record
    })
  }

  /** Deletes an object. */
  delete(bucket: string, name: string, guard: Guard): Promise<void> {
    return this.#mutex.run(async () => {
      const folder = this.#folder(bucket)
      const found = await folder.find(name)
      guard(await this.#record(bucket, found))
      if (found) await folder.remove(found)
      await this.#sidecars.delete(bucket, name)
    })
  }

  /** Deletes a bucket, which must be empty. */
  deleteBucket(bucket: string): Promise<void> {
    return this.#mutex.run(async () => {
      await this.buckets.get(bucket)
      if ((await this.#folder(bucket).list()).length > 0)
        throw new ApiError(409, 'conflict', 'The bucket you tried to delete is not empty.')
      await this.buckets.delete(bucket)
    })
  }

  /** Deletes what came through the API: buckets made by it, and in folders put there by hand the uploaded objects. */
  reset(): Promise<void> {
    return this.#mutex.run(async () => {
      for (const bucket of await this.buckets.list()) {
        if (bucket.isUploaded) {
          await this.buckets.delete(bucket.name)
          continue
        }
        const folder = this.#folder(bucket.name)
        for (const found of await folder.list()) {
          const record = await this.#sidecars.read(bucket.name, found.name)
          if (record?.isUploaded) await folder.remove(found)
        }
        await this.#sidecars.deleteBucket(bucket.name)
      }
      await this.#sidecars.clean()
    })
  }

  /** Removes files in the making. */
  clean(): Promise<void> {
    return this.#sidecars.clean()
  }

  #folder(bucket: string): BucketFolder {
    return new BucketFolder(this.buckets.folder(bucket))
  }

  async #record(bucket: string, found: Found | undefined): Promise<ObjectRecord | undefined> {
    if (!found) return undefined
    const state = await fileState(found.file).catch(() => undefined)
    if (!state) return undefined
    const kept = await this.#sidecars.read(bucket, found.name)
    if (kept && kept.size === state.size && kept.mtime === state.mtime) return kept
    const written = Number(BigInt(state.mtime) / 1000n)
    const time = new Date(written / 1000).toISOString()
    const record: ObjectRecord = {
      name: found.name,
      generation: Math.max(written, (kept?.generation ?? 0) + 1),
      metageneration: 1,
      ...(await hashFile(found.file, state.size)),
      timeCreated: time,
      updated: time,
      isUploaded: false,
      ...state,
    }
    // All of it follows from the file: nothing to write down.
    this.#sidecars.remember(bucket, record)
    return record
  }

  #nextGeneration(current = 0): number {
    this.#lastGeneration = Math.max(Math.floor(this.#clock.now() * 1000), this.#lastGeneration + 1, current + 1)
    return this.#lastGeneration
  }
}

async function fileState(file: string): Promise<{size: number; mtime: string}> {
  const stats = await lstat(file, {bigint: true})
  return {size: Number(stats.size), mtime: String(stats.mtimeNs)}
}

/** A record without what {@link ObjectMetadata} names, so that a change can also leave fields out. */
function fixedPart(record: ObjectRecord): ObjectRecord {
  const {
    cacheControl: _cacheControl,
    contentDisposition: _contentDisposition,
    contentEncoding: _contentEncoding,
    contentLanguage: _contentLanguage,
    contentType: _contentType,
    customTime: _customTime,
    metadata: _metadata,
    ...fixed
  } = record
  return fixed
}
