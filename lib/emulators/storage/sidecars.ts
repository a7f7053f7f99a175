import {createHash, randomUUID} from 'node:crypto'
import {mkdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {readJson, writeJson} from './json-file.ts'
import type {ObjectRecord} from './stored-object.ts'

const KNOWN_LIMIT = 50_000

/** The `.meta` folder beside the buckets: what is known of buckets and objects besides names and bytes. */
export class Sidecars {
  readonly #root: string
  /** What was read or written before: a listing of a large bucket would else open every file for every page. */
  readonly #known = new Map<string, ObjectRecord>()

  constructor(dir: string) {
    this.#root = join(dir, '.meta')
  }

  /** A path for a file in the making, on the file system of the buckets so that it can be renamed into place. */
  async temporary(): Promise<string> {
    const folder = join(this.#root, 'tmp')
    await mkdir(folder, {recursive: true})
    return join(folder, randomUUID())
  }

  async read(bucket: string, name: string): Promise<ObjectRecord | undefined> {
    const known = this.#known.get(`${bucket}/${name}`)
    if (known) return known
    // A damaged one is as good as none: the object's file is then taken as one that was put there by hand.
    const record = await readJson<ObjectRecord>(this.#file(bucket, name))
    if (record) this.remember(bucket, record)
    return record
  }

  async write(bucket: string, record: ObjectRecord): Promise<void> {
    await writeJson(this.#file(bucket, record.name), record)
    this.remember(bucket, record)
  }

  async delete(bucket: string, name: string): Promise<void> {
    this.#known.delete(`${bucket}/${name}`)
    await rm(this.#file(bucket, name), {force: true})
  }

  readBucket<T>(bucket: string): Promise<T | undefined> {
    return readJson<T>(join(this.#root, 'buckets', `${bucket}.json`))
  }

  writeBucket(bucket: string, record: object): Promise<void> {
    return writeJson(join(this.#root, 'buckets', `${bucket}.json`), record)
  }

  /** Forgets a bucket and all of its objects. */
  async deleteBucket(bucket: string): Promise<void> {
    this.#known.clear()
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
