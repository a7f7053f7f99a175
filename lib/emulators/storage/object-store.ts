import {copyFile, type FileHandle, open} from 'node:fs/promises'
import {Mutex} from '../mutex.ts'
import {ApiError, type LocalClock} from '../service.ts'
import {BucketFolder, type Found} from './bucket-folder.ts'
import {Buckets} from './buckets.ts'
import {checkHolds} from './holds.ts'
import {fileState, liveRecord} from './live-records.ts'
import {checkObjectName, compareNames} from './names.ts'
import {Sidecars} from './sidecars.ts'
import {type Hashes, type ObjectMetadata, type ObjectRecord, splitRecord} from './stored-object.ts'
import {Versions} from './versions.ts'

/** How many files a listing looks at side by side. */
const AT_ONCE = 16

/** A new version of an object: a finished file, and what is to be kept with it. */
export interface Draft {
  file: string
  metadata: ObjectMetadata
  hashes: Partial<Hashes> & Pick<Hashes, 'crc32c'>
  /** Set for composed objects, which have no MD5. */
  componentCount?: number
}

/** The version that a request names (the live one, if it names none), and the live one, which preconditions are about. */
export interface Picked {
  record: ObjectRecord | undefined
  live: ObjectRecord | undefined
}

/** Looks at a version before it is replaced, changed or deleted, and throws to prevent it. */
export type Guard = (picked: Picked) => void

/** A line of a listing before its record is read: a live object's file, or a noncurrent version. */
export interface Listed extends Found {
  readonly noncurrent?: ObjectRecord
}

/**
 * Objects as plain files in `DIR/<bucket>/`, with a sidecar each in `DIR/.meta`, and noncurrent versions beside those.
 * Changes happen one at a time; bytes are received into a temporary file before and read from an open file after, so a
 * slow client holds up nobody.
 */
export class ObjectStore {
  readonly buckets: Buckets
  readonly #sidecars: Sidecars
  readonly #versions: Versions
  readonly #clock: LocalClock
  readonly #mutex = new Mutex()
  #lastGeneration = 0

  constructor(dir: string, clock: LocalClock) {
    this.#sidecars = new Sidecars(dir)
    this.#versions = new Versions(dir)
    this.#clock = clock
    this.buckets = new Buckets(dir, this.#sidecars, clock)
  }

  /** A path for a file in the making. */
  temporary(): Promise<string> {
    return this.#sidecars.temporary()
  }

  /** A version of an object, without `generation` the live one. */
  find(bucket: string, name: string, generation?: number): Promise<Picked> {
    return this.#mutex.run(() => this.#pick(bucket, name, generation))
  }

  /** The same with its open file, which stays what it is when the object is overwritten meanwhile. */
  open(bucket: string, name: string, generation?: number): Promise<Picked & {handle?: FileHandle}> {
    return this.#mutex.run(async () => {
      const {record, live, file} = await this.#pick(bucket, name, generation)
      return {record, live, ...(record && {handle: await open(file!)})}
    })
  }

  /** Names with this prefix, in order, with `versions` all generations of each; `records` gives what a page needs of them. */
  names(bucket: string, prefix: string, versions = false): Promise<Listed[]> {
    return this.#mutex.run(async () => {
      const live: Listed[] = await this.#folder(bucket).list(prefix)
      const kept = versions ? await this.#versions.list(bucket, prefix) : []
      if (kept.length === 0) return live
      const noncurrent = kept.map(one => ({name: one.name, file: this.#versions.file(bucket, one), noncurrent: one}))
      // The sort is stable, and the live version is the newest.
      return [...noncurrent, ...live].sort((a, b) => compareNames(a.name, b.name))
    })
  }

  /** The records of some of the lines that {@link names} gave; live objects deleted since are left out. */
  records(bucket: string, found: readonly Listed[]): Promise<ObjectRecord[]> {
    return this.#mutex.run(async () => {
      const records: ObjectRecord[] = []
      for (let at = 0; at < found.length; at += AT_ONCE) {
        const page = found.slice(at, at + AT_ONCE)
        const some = await Promise.all(page.map(one => one.noncurrent ?? liveRecord(this.#sidecars, bucket, one)))
        records.push(...some.filter(record => record !== undefined))
      }
      return records
    })
  }

  /** Makes a draft the live version of an object. */
  put(bucket: string, name: string, draft: Draft, guard: Guard): Promise<ObjectRecord> {
    return this.#mutex.run(async () => this.#put(bucket, name, draft, guard))
  }

  /** Gives an object another name, in one step; `guard` sees the source, then what is there under the new name. */
  move(bucket: string, name: string, to: string, from: Guard, guard: Guard): Promise<ObjectRecord> {
    return this.#mutex.run(async () => {
      const source = await this.#pick(bucket, name)
      from(source)
      const {record} = source
      if (!record) throw new Error('a move of a missing object')
      checkHolds(bucket, record)
      const file = await this.temporary()
      await copyFile(source.file!, file)
      const {componentCount} = record
      const draft = {
        file,
        metadata: splitRecord(record).metadata,
        hashes: record,
        ...(componentCount && {componentCount}),
      }
      const moved = await this.#put(bucket, to, draft, guard)
      if (to !== name) await this.#delete(bucket, name, undefined)
      return moved
    })
  }

  /** Changes the metadata of a version. */
  patch(bucket: string, name: string, generation: number | undefined, change: (picked: Picked) => ObjectMetadata) {
    return this.#mutex.run(async () => {
      const picked = await this.#pick(bucket, name, generation)
      const metadata = change(picked)
      const {record: current, live} = picked
      if (!current) throw new Error('a change of a missing object')
      const record: ObjectRecord = {
        ...splitRecord(current).fixed,
        ...metadata,
        metageneration: current.metageneration + 1,
        updated: this.#now(),
      }
      if (current === live) await this.#sidecars.write(bucket, record)
      else await this.#versions.write(bucket, record)
      return record
    })
  }

  /** Deletes a version; without `generation` the live one, which a bucket with versioning keeps as a noncurrent one. */
  delete(bucket: string, name: string, generation: number | undefined, guard: Guard): Promise<void> {
    return this.#mutex.run(async () => {
      const picked = await this.#pick(bucket, name, generation)
      guard(picked)
      if (picked.record) checkHolds(bucket, picked.record)
      await this.#delete(bucket, name, generation)
    })
  }

  /** Deletes a bucket, which must be empty, of noncurrent versions too. */
  deleteBucket(bucket: string): Promise<void> {
    return this.#mutex.run(async () => {
      await this.buckets.get(bucket)
      const left = [...(await this.#folder(bucket).list()), ...(await this.#versions.list(bucket))]
      if (left.length > 0) throw new ApiError(409, 'conflict', 'The bucket you tried to delete is not empty.')
      await this.#versions.deleteBucket(bucket)
      await this.buckets.delete(bucket)
    })
  }

  /** Deletes what came through the API: buckets made by it, and in folders put there by hand the uploaded objects. */
  reset(): Promise<void> {
    return this.#mutex.run(async () => {
      for (const bucket of await this.buckets.list()) {
        await this.#versions.deleteBucket(bucket.name)
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

  async #pick(bucket: string, name: string, generation?: number): Promise<Picked & {file?: string | undefined}> {
    const found = await this.#folder(bucket).find(name)
    const live = await liveRecord(this.#sidecars, bucket, found)
    if (!generation || generation === live?.generation) return {record: live, live, file: found?.file}
    const kept = await this.#versions.find(bucket, name, generation)
    return {record: kept?.record, live, file: kept?.file}
  }

  async #put(bucket: string, name: string, draft: Draft, guard: Guard): Promise<ObjectRecord> {
    checkObjectName(name)
    const {storageClass, versioning, defaultEventBasedHold} = await this.buckets.get(bucket)
    const {live, file: old} = await this.#pick(bucket, name)
    guard({record: live, live})
    if (live) checkHolds(bucket, live)
    const now = this.#now()
    if (live && versioning?.enabled) await this.#versions.add(bucket, {...live, timeDeleted: now}, old!)
    const file = await this.#folder(bucket).place(draft.file, name)
    const {md5Hash, crc32c} = draft.hashes
    const {componentCount} = draft
    const record: ObjectRecord = {
      storageClass,
      ...(defaultEventBasedHold && {eventBasedHold: true}),
      ...draft.metadata,
      name,
      generation: this.#nextGeneration(live?.generation),
      metageneration: 1,
      crc32c,
      ...(componentCount !== undefined && {componentCount}),
      ...(md5Hash !== undefined && componentCount === undefined && {md5Hash}),
      timeCreated: now,
      updated: now,
      isUploaded: true,
      ...(await fileState(file)),
    }
    await this.#sidecars.write(bucket, record)
    return record
  }

  async #delete(bucket: string, name: string, generation: number | undefined): Promise<void> {
    const {record, live, file} = await this.#pick(bucket, name, generation)
    if (!record) return
    if (record !== live) return this.#versions.remove(bucket, record)
    const {versioning} = await this.buckets.get(bucket)
    if (versioning?.enabled && !generation)
      await this.#versions.add(bucket, {...record, timeDeleted: this.#now()}, file!)
    await this.#folder(bucket).remove({name, file: file!})
    await this.#sidecars.delete(bucket, name)
  }

  #folder(bucket: string): BucketFolder {
    return new BucketFolder(this.buckets.folder(bucket))
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString()
  }

  #nextGeneration(current = 0): number {
    this.#lastGeneration = Math.max(Math.floor(this.#clock.now() * 1000), this.#lastGeneration + 1, current + 1)
    return this.#lastGeneration
  }
}
