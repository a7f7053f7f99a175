import {createHash} from 'node:crypto'
import {copyFile, link, mkdir, readdir, rm} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {readJson, writeJson} from './json-file.ts'
import type {ObjectRecord} from './stored-object.ts'

/** The noncurrent versions of one bucket, by the object's name; of one object in the order of their generations. */
type Known = Map<string, ObjectRecord[]>

/**
 * The noncurrent versions of objects in buckets with versioning: `.meta/versions/<bucket>/<hash of the name>/<generation>`,
 * so that the bucket's own folder holds live objects only.
 */
export class Versions {
  readonly #root: string
  readonly #known = new Map<string, Promise<Known>>()

  constructor(dir: string) {
    this.#root = join(dir, '.meta', 'versions')
  }

  /** A noncurrent version and its file. */
  async find(bucket: string, name: string, generation: number) {
    const record = (await this.#of(bucket)).get(name)?.find(one => one.generation === generation)
    return record && {record, file: this.file(bucket, record)}
  }

  /** The highest generation of the noncurrent versions of an object; 0 if there is none. */
  async newest(bucket: string, name: string): Promise<number> {
    return (await this.#of(bucket)).get(name)?.at(-1)?.generation ?? 0
  }

  /** All noncurrent versions of objects whose names start with `prefix`, in no order of names. */
  async list(bucket: string, prefix = ''): Promise<ObjectRecord[]> {
    const all = [...(await this.#of(bucket))]
    return all.filter(([name]) => name.startsWith(prefix)).flatMap(([, records]) => records)
  }

  /** Keeps a live version that is about to be replaced or deleted; its file stays where it is. */
  async add(bucket: string, record: ObjectRecord, file: string): Promise<void> {
    const known = await this.#of(bucket)
    const kept = this.file(bucket, record)
    await mkdir(dirname(kept), {recursive: true})
    // Some file systems have no hard links.
    await link(file, kept).catch(() => copyFile(file, kept))
    writeJson(`${kept}.json`, record)
    known.set(record.name, [...(known.get(record.name) ?? []), record])
  }

  /** Replaces the record of a noncurrent version. */
  async write(bucket: string, record: ObjectRecord): Promise<void> {
    const records = (await this.#of(bucket)).get(record.name) ?? []
    records[records.findIndex(one => one.generation === record.generation)] = record
    writeJson(`${this.file(bucket, record)}.json`, record)
  }

  /** Removes a noncurrent version for good. */
  async remove(bucket: string, {name, generation}: ObjectRecord): Promise<void> {
    const known = await this.#of(bucket)
    const kept = this.file(bucket, {name, generation})
    await rm(`${kept}.json`, {force: true})
    await rm(kept, {force: true})
    const rest = (known.get(name) ?? []).filter(one => one.generation !== generation)
    if (rest.length > 0) known.set(name, rest)
    else known.delete(name)
  }

  /** Removes all noncurrent versions of a bucket. */
  async deleteBucket(bucket: string): Promise<void> {
    this.#known.delete(bucket)
    await rm(join(this.#root, bucket), {recursive: true, force: true})
  }

  file(bucket: string, {name, generation}: {name: string; generation: number}): string {
    return join(this.#root, bucket, createHash('sha256').update(name).digest('hex'), String(generation))
  }

  #of(bucket: string): Promise<Known> {
    const known = this.#known.get(bucket) ?? readAll(join(this.#root, bucket))
    this.#known.set(bucket, known)
    return known
  }
}

async function readAll(folder: string): Promise<Known> {
  const known: Known = new Map()
  const files = await readdir(folder, {recursive: true}).catch(() => [])
  for (const file of files.filter(name => name.endsWith('.json'))) {
    const record = readJson<ObjectRecord>(join(folder, file))
    if (record) known.set(record.name, [...(known.get(record.name) ?? []), record])
  }
  for (const records of known.values()) records.sort((a, b) => a.generation - b.generation)
  return known
}
