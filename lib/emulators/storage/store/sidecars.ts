import {randomUUID} from 'node:crypto'
import {existsSync, mkdirSync, readdirSync, rmSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {readJson, writeJson} from './json-file.ts'
import {RecordLog} from './record-log.ts'
import type {ObjectRecord} from './stored-object.ts'

const KNOWN_LIMIT = 50_000

/** The `.meta` folder beside the buckets: what is known of buckets and objects besides names and bytes. */
export class Sidecars {
  readonly #root: string
  /** What was read or written before: a listing of a large bucket would otherwise read every record for every page. */
  readonly #known = new Map<string, ObjectRecord>()
  readonly #logs = new Map<string, RecordLog>()
  readonly #buckets = new Map<string, object>()

  constructor(dir: string) {
    this.#root = join(dir, '.meta')
  }

  /** A path for a temporary file, on the buckets' file system so that it can be renamed into place. */
  temporary(): string {
    const folder = join(this.#root, 'tmp')
    mkdirSync(folder, {recursive: true})
    return join(folder, randomUUID())
  }

  read(bucket: string, name: string): ObjectRecord | undefined {
    const known = this.#known.get(`${bucket}/${name}`)
    if (known) return known
    const record = this.#logOf(bucket).read(name)
    if (record) this.remember(bucket, record)
    return record
  }

  /** The record of an object before its latest one: what holds when the server was killed between the record and the file. */
  readBefore(bucket: string, name: string): ObjectRecord | undefined {
    return this.#logOf(bucket).readBefore(name)
  }

  /** Writes a record down. The function that it returns takes the record back. */
  write(bucket: string, record: ObjectRecord): () => void {
    const key = `${bucket}/${record.name}`
    const former = this.#known.get(key)
    const takeBack = this.#logOf(bucket).append(record)
    this.remember(bucket, record)
    return () => {
      takeBack()
      if (former) this.#known.set(key, former)
      else this.#known.delete(key)
    }
  }

  delete(bucket: string, name: string): void {
    this.#known.delete(`${bucket}/${name}`)
    this.#logOf(bucket).delete(name)
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
    this.#logs.delete(bucket)
    await rm(this.#logFile(bucket), {force: true})
    await rm(this.#formerFolder(bucket), {recursive: true, force: true})
  }

  /** Removes temporary files. */
  async clean(): Promise<void> {
    await rm(join(this.#root, 'tmp'), {recursive: true, force: true})
  }

  /** Keeps a record for {@link read} without writing it down. */
  remember(bucket: string, record: ObjectRecord): void {
    if (this.#known.size >= KNOWN_LIMIT) this.#known.clear()
    this.#known.set(`${bucket}/${record.name}`, record)
  }

  #logOf(bucket: string): RecordLog {
    const known = this.#logs.get(bucket)
    if (known) return known
    const log = new RecordLog(this.#logFile(bucket))
    this.#logs.set(bucket, log)
    this.#adopt(bucket, log)
    return log
  }

  /** Takes over the records of earlier versions of the local cloud, which kept a file for each. */
  #adopt(bucket: string, log: RecordLog): void {
    const folder = this.#formerFolder(bucket)
    if (!existsSync(folder)) return
    for (const file of readdirSync(folder).filter(name => name.endsWith('.json'))) {
      const record = readJson<ObjectRecord>(join(folder, file))
      if (record && !log.read(record.name)) log.append(record)
    }
    rmSync(folder, {recursive: true, force: true})
  }

  #logFile(bucket: string): string {
    return join(this.#root, 'records', `${bucket}.jsonl`)
  }

  #formerFolder(bucket: string): string {
    return join(this.#root, 'objects', bucket)
  }
}
