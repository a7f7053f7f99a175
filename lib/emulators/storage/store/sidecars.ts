import {createHash, randomUUID} from 'node:crypto'
import {mkdirSync, rmSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {draftJson, type JsonDraft, readJson, writeJson} from './json-file.ts'
import type {ObjectRecord} from './stored-object.ts'

const KNOWN_LIMIT = 50_000

/** The `.meta` folder beside the buckets: what is known of buckets and objects besides names and bytes. */
export class Sidecars {
  readonly #root: string
  /** What was read or written before: a listing of a large bucket would else open every file for every page. */
  readonly #known = new Map<string, ObjectRecord>()
  readonly #buckets = new Map<string, object>()

  constructor(dir: string) {
    this.#root = join(dir, '.meta')
  }

  /** A path for a file in the making, on the file system of the buckets so that it can be renamed into place. */
  temporary(): string {
    const folder = join(this.#root, 'tmp')
    mkdirSync(folder, {recursive: true})
    return join(folder, randomUUID())
  }

  read(bucket: string, name: string): ObjectRecord | undefined {
    const known = this.#known.get(`${bucket}/${name}`)
    if (known) return known
    // A damaged one is as good as none: the object's file is then taken as one that was put there by hand.
    const record = readJson<ObjectRecord>(this.#file(bucket, name))
    if (record) this.remember(bucket, record)
    return record
  }

  write(bucket: string, record: ObjectRecord): void {
    this.draft(bucket, record).place()
  }

  /** Writes a record down that holds when it is placed. */
  draft(bucket: string, record: ObjectRecord): JsonDraft {
    const {place, drop} = draftJson(this.#file(bucket, record.name), record)
    return {
      place: () => {
        place()
        this.remember(bucket, record)
      },
      drop,
    }
  }

  delete(bucket: string, name: string): void {
    this.#known.delete(`${bucket}/${name}`)
    rmSync(this.#file(bucket, name), {force: true})
  }

  readBucket<T extends object>(bucket: string): T | undefined {
    const known = this.#buckets.get(bucket) ?? readJson<T>(join(this.#root, 'buckets', `${bucket}.json`))
    if (known) this.#buckets.set(bucket, known)
    return known as T | undefined
  }

  writeBucket(bucket: string, record: object): void {
    writeJson(join(this.#root, 'buckets', `${bucket}.json`), record)
    this.#buckets.set(bucket, record)
  }

  /** Forgets a bucket and all of its objects. */
  async deleteBucket(bucket: string): Promise<void> {
    this.#known.clear()
    this.#buckets.delete(bucket)
    await rm(join(this.#root, 'buckets', `${bucket}.json`), {force: true})
    await rm(join(this.#root, 'objects', bucket), {recursive: true, force: true})
  }

  /** Removes files in the making. */
  async clean(): Promise<void> {
    await rm(join(this.#root, 'tmp'), {recursive: true, force: true})
  }

  /** Keeps a record for {@link read} without writing it down. */
  remember(bucket: string, record: ObjectRecord): void {
    if (this.#known.size >= KNOWN_LIMIT) this.#known.clear()
    this.#known.set(`${bucket}/${record.name}`, record)
  }

  #file(bucket: string, name: string): string {
    return join(this.#root, 'objects', bucket, `${createHash('sha256').update(name).digest('hex')}.json`)
  }
}
