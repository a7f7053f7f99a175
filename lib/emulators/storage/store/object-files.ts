import type {LocalClock} from '../../service/service.ts'
import {BucketFolder} from './bucket-folder.ts'
import {Buckets} from './buckets.ts'
import {checkHolds} from './holds.ts'
import {fileState, liveRecord} from './live-records.ts'
import {checkObjectName} from './names.ts'
import {Sidecars} from './sidecars.ts'
import type {Hashes, ObjectMetadata, ObjectRecord} from './stored-object.ts'
import {Versions} from './versions.ts'

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

/**
 * Objects as plain files in `DIR/<bucket>/`, with a sidecar each in `DIR/.meta`, and noncurrent versions beside those. One
 * change at a time: `ObjectStore` sees to that.
 */
export class ObjectFiles {
  readonly buckets: Buckets
  readonly sidecars: Sidecars
  readonly versions: Versions
  readonly #clock: LocalClock
  #lastGeneration = 0

  constructor(dir: string, clock: LocalClock) {
    this.sidecars = new Sidecars(dir)
    this.versions = new Versions(dir)
    this.#clock = clock
    this.buckets = new Buckets(dir, this.sidecars, clock)
  }

  /** A version of an object, without `generation` the live one, and its file. */
  async pick(bucket: string, name: string, generation?: number): Promise<Picked & {file?: string | undefined}> {
    const found = this.folder(bucket).find(name)
    const live = await liveRecord(this.sidecars, bucket, found)
    if (!generation || generation === live?.generation) return {record: live, live, file: found?.file}
    const kept = await this.versions.find(bucket, name, generation)
    return {record: kept?.record, live, file: kept?.file}
  }

  /** Makes a draft the live version of an object. */
  async put(bucket: string, name: string, draft: Draft, guard: Guard): Promise<ObjectRecord> {
    checkObjectName(name)
    const {storageClass, versioning, defaultEventBasedHold} = await this.buckets.get(bucket)
    const {live, file: old} = await this.pick(bucket, name)
    guard({record: live, live})
    if (live) checkHolds(bucket, live)
    const now = this.now()
    const newest = live?.generation ?? (await this.versions.newest(bucket, name))
    const {md5Hash, crc32c} = draft.hashes
    const {componentCount} = draft
    const record: ObjectRecord = {
      storageClass,
      ...(defaultEventBasedHold && {eventBasedHold: true}),
      ...draft.metadata,
      name,
      generation: this.#nextGeneration(newest),
      metageneration: 1,
      crc32c,
      ...(componentCount !== undefined && {componentCount}),
      ...(md5Hash !== undefined && componentCount === undefined && {md5Hash}),
      timeCreated: now,
      updated: now,
      isUploaded: true,
      // Renaming changes neither.
      ...fileState(draft.file)!,
    }
    // Everything that needs room happens before the object is replaced, so a full disk leaves it unchanged.
    const takeBack = this.sidecars.write(bucket, record)
    try {
      if (live && versioning?.enabled) await this.versions.add(bucket, {...live, timeDeleted: now}, old!)
      this.folder(bucket).place(draft.file, name, old)
    } catch (error) {
      takeBack()
      throw error
    }
    return record
  }

  /** Deletes a version; without `generation` the live one, which a bucket with versioning keeps as a noncurrent one. */
  async delete(bucket: string, name: string, generation: number | undefined): Promise<void> {
    const {record, live, file} = await this.pick(bucket, name, generation)
    if (!record) return
    if (record !== live) return this.versions.remove(bucket, record)
    const {versioning} = await this.buckets.get(bucket)
    if (versioning?.enabled && !generation) await this.versions.add(bucket, {...record, timeDeleted: this.now()}, file!)
    this.folder(bucket).remove({name, file: file!})
    this.sidecars.delete(bucket, name)
  }

  folder(bucket: string): BucketFolder {
    return new BucketFolder(this.buckets.folder(bucket))
  }

  now(): string {
    return new Date(this.#clock.now()).toISOString()
  }

  #nextGeneration(newest: number): number {
    this.#lastGeneration = Math.max(Math.floor(this.#clock.now() * 1000), this.#lastGeneration + 1, newest + 1)
    return this.#lastGeneration
  }
}
