import {copyFile, rm} from 'node:fs/promises'
import {ApiError} from '../../service/api-error.ts'
import {Mutex} from '../../service/mutex.ts'
import type {LocalClock} from '../../service/service.ts'
import type {Found} from './bucket-folder.ts'
import type {Buckets} from './buckets.ts'
import {Content} from './content.ts'
import {checkHolds} from './holds.ts'
import {liveRecord} from './live-records.ts'
import {compareNames} from './names.ts'
import {type Draft, type Guard, ObjectFiles, type Picked} from './object-files.ts'
import {type ObjectMetadata, type ObjectRecord, splitRecord} from './stored-object.ts'

/** How many files a listing looks at side by side. */
const AT_ONCE = 16

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
  readonly #files: ObjectFiles
  readonly #mutex = new Mutex()

  constructor(dir: string, clock: LocalClock) {
    this.#files = new ObjectFiles(dir, clock)
    this.buckets = this.#files.buckets
  }

  /** A path for a temporary file. */
  temporary(): string {
    return this.#files.sidecars.temporary()
  }

  /** A version of an object, without `generation` the live one. */
  find(bucket: string, name: string, generation?: number): Promise<Picked> {
    return this.#mutex.run(() => this.#files.pick(bucket, name, generation))
  }

  /** The same with its open file, which stays what it is when the object is overwritten meanwhile. */
  open(bucket: string, name: string, generation?: number): Promise<Picked & {content?: Content}> {
    return this.#mutex.run(async () => {
      const {record, live, file} = await this.#files.pick(bucket, name, generation)
      return {record, live, ...(record && {content: new Content(file!)})}
    })
  }

  /** Names with this prefix, in order, with `versions` all generations of each; `records` gives what a page needs of them. */
  names(bucket: string, prefix: string, versions = false): Promise<Listed[]> {
    return this.#mutex.run(async () => {
      const live: Listed[] = await this.#files.folder(bucket).list(prefix)
      const kept = versions ? await this.#files.versions.list(bucket, prefix) : []
      if (kept.length === 0) return live
      const noncurrent = kept.map(one => ({
        name: one.name,
        file: this.#files.versions.file(bucket, one),
        noncurrent: one,
      }))
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
        const some = await Promise.all(page.map(one => one.noncurrent ?? liveRecord(this.#files.sidecars, bucket, one)))
        records.push(...some.filter(record => record !== undefined))
      }
      return records
    })
  }

  /** Makes a draft the live version of an object. */
  put(bucket: string, name: string, draft: Draft, guard: Guard): Promise<ObjectRecord> {
    return this.#mutex.run(async () => this.#files.put(bucket, name, draft, guard))
  }

  /** Gives an object another name, in one step; `from` sees the source, `guard` what is there under the new name. */
  move(bucket: string, name: string, to: string, from: Guard, guard: Guard): Promise<ObjectRecord> {
    return this.#mutex.run(async () => {
      const source = await this.#files.pick(bucket, name)
      from(source)
      const {record} = source
      if (!record) throw new Error('a move of a missing object')
      checkHolds(bucket, record)
      const file = this.temporary()
      const {componentCount} = record
      const {metadata} = splitRecord(record)
      const draft = {file, metadata, hashes: record, ...(componentCount && {componentCount})}
      try {
        await copyFile(source.file!, file)
        const moved = await this.#files.put(bucket, to, draft, guard)
        if (to !== name) await this.#files.delete(bucket, name, undefined)
        return moved
      } finally {
        await rm(file, {force: true})
      }
    })
  }

  /** Changes the metadata of a version. */
  patch(bucket: string, name: string, generation: number | undefined, change: (picked: Picked) => ObjectMetadata) {
    return this.#mutex.run(async () => {
      const picked = await this.#files.pick(bucket, name, generation)
      const metadata = change(picked)
      const {record: current, live} = picked
      if (!current) throw new Error('a change of a missing object')
      const record: ObjectRecord = {
        ...splitRecord(current).fixed,
        ...metadata,
        metageneration: current.metageneration + 1,
        updated: this.#files.now(),
      }
      if (current === live) this.#files.sidecars.write(bucket, record)
      else await this.#files.versions.write(bucket, record)
      return record
    })
  }

  /** Deletes a version; without `generation` the live one, which a bucket with versioning keeps as a noncurrent one. */
  delete(bucket: string, name: string, generation: number | undefined, guard: Guard): Promise<void> {
    return this.#mutex.run(async () => {
      const picked = await this.#files.pick(bucket, name, generation)
      guard(picked)
      if (picked.record) checkHolds(bucket, picked.record)
      await this.#files.delete(bucket, name, generation)
    })
  }

  /** Deletes a bucket, which must be empty, of noncurrent versions too. */
  deleteBucket(bucket: string): Promise<void> {
    return this.#mutex.run(async () => {
      await this.buckets.get(bucket)
      const left = [...(await this.#files.folder(bucket).list()), ...(await this.#files.versions.list(bucket))]
      if (left.length > 0) throw new ApiError(409, 'conflict', 'The bucket you tried to delete is not empty.')
      await this.#files.versions.deleteBucket(bucket)
      await this.buckets.delete(bucket)
    })
  }

  /** Deletes what came through the API: buckets made by it, and in folders put there by hand the uploaded objects. */
  reset(): Promise<void> {
    return this.#mutex.run(async () => {
      for (const bucket of await this.buckets.list()) {
        await this.#files.versions.deleteBucket(bucket.name)
        if (bucket.isUploaded) {
          await this.buckets.delete(bucket.name)
          continue
        }
        const folder = this.#files.folder(bucket.name)
        for (const found of await folder.list()) {
          const record = this.#files.sidecars.read(bucket.name, found.name)
          if (record?.isUploaded) folder.remove(found)
        }
        await this.#files.sidecars.deleteBucket(bucket.name)
      }
      await this.#files.sidecars.clean()
    })
  }

  /** Removes temporary files. */
  clean(): Promise<void> {
    return this.#files.sidecars.clean()
  }
}
