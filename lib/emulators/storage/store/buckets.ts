import {type Dirent, lstatSync} from 'node:fs'
import {mkdir, readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {ApiError} from '../../service/api-error.ts'
import {Mutex} from '../../service/mutex.ts'
import type {LocalClock} from '../../service/service.ts'
import {checkBucketName, compareNames, isBucketName} from './names.ts'
import type {Sidecars} from './sidecars.ts'

/** What a client may set of a bucket, as far as it has an effect here or is shown again. */
export interface BucketSettings {
  location: string
  /** Of objects for which none is given. */
  storageClass: string
  labels?: Record<string, string>
  /** Replaced and deleted objects stay as noncurrent versions. */
  versioning?: {enabled: boolean}
  /** New objects get an event-based hold. */
  defaultEventBasedHold?: boolean
  /** What is shown again and has no effect here. */
  shown?: Record<string, unknown>
}

/** The settings of a bucket for which nothing is given. */
export const DEFAULT_SETTINGS: BucketSettings = {location: 'US', storageClass: 'STANDARD'}

/** What is kept of a bucket. */
export interface BucketRecord extends BucketSettings {
  name: string
  metageneration: number
  timeCreated: string
  updated: string
  /** False for folders that a person put there. */
  isUploaded: boolean
}

/** The buckets: every folder in `DIR` whose name is a bucket's name. */
export class Buckets {
  readonly #dir: string
  readonly #sidecars: Sidecars
  readonly #clock: LocalClock
  readonly #mutex = new Mutex()

  constructor(dir: string, sidecars: Sidecars, clock: LocalClock) {
    this.#dir = dir
    this.#sidecars = sidecars
    this.#clock = clock
  }

  /** The bucket's folder; 404 for names that no bucket can have, which also keeps paths inside `DIR`. */
  folder(name: string): string {
    if (!isBucketName(name)) throw noSuchBucket()
    return join(this.#dir, name)
  }

  async list(): Promise<BucketRecord[]> {
    const entries: Dirent[] = await readdir(this.#dir, {withFileTypes: true})
    const names = entries.filter(entry => entry.isDirectory() && isBucketName(entry.name)).map(entry => entry.name)
    return Promise.all(names.sort(compareNames).map(name => this.get(name)))
  }

  /** @throws 404 if there is none. */
  async get(name: string): Promise<BucketRecord> {
    const stats = lstatSync(this.folder(name), {throwIfNoEntry: false})
    if (!stats?.isDirectory()) throw noSuchBucket()
    const kept = this.#sidecars.readBucket<BucketRecord>(name)
    if (kept) return kept
    const time = stats.birthtime.toISOString()
    return {
      name,
      ...DEFAULT_SETTINGS,
      metageneration: 1,
      timeCreated: time,
      updated: time,
      isUploaded: false,
    }
  }

  async create(name: string, settings: BucketSettings): Promise<BucketRecord> {
    checkBucketName(name)
    try {
      await mkdir(this.folder(name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const message = 'Your previous request to create the named bucket succeeded and you already own it.'
      throw new ApiError(409, 'conflict', message)
    }
    const now = new Date(this.#clock.now()).toISOString()
    const record: BucketRecord = {
      ...settings,
      name,
      metageneration: 1,
      timeCreated: now,
      updated: now,
      isUploaded: true,
    }
    this.#sidecars.writeBucket(name, record)
    return record
  }

  /** Changes what may be changed of a bucket. */
  change(name: string, change: (current: BucketRecord) => BucketSettings): Promise<BucketRecord> {
    return this.#mutex.run(async () => {
      const current = await this.get(name)
      const {isUploaded, timeCreated, metageneration} = current
      const record: BucketRecord = {
        ...change(current),
        name,
        metageneration: metageneration + 1,
        timeCreated,
        updated: new Date(this.#clock.now()).toISOString(),
        isUploaded,
      }
      this.#sidecars.writeBucket(name, record)
      return record
    })
  }

  async delete(name: string): Promise<void> {
    await rm(this.folder(name), {recursive: true, force: true})
    await this.#sidecars.deleteBucket(name)
  }
}

function noSuchBucket(): ApiError {
  return new ApiError(404, 'notFound', 'The specified bucket does not exist.')
}
