import {createHash} from 'node:crypto'
import {createReadStream} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {Crc32c} from '../../../util/index.ts'

const CHUNK = 2 ** 20

/** What a client may set of an object, beside its content. */
export interface ObjectMetadata {
  cacheControl?: string
  contentDisposition?: string
  contentEncoding?: string
  contentLanguage?: string
  contentType?: string
  customTime?: string
  metadata?: Record<string, string>
  storageClass?: string
  /** While one of the two holds is on, the object can be neither deleted nor replaced. */
  temporaryHold?: boolean
  eventBasedHold?: boolean
}

/** All that is kept of an object beside its content: its sidecar file. */
export interface ObjectRecord extends ObjectMetadata {
  name: string
  /** Microseconds since the epoch of the write, raised where needed so that no two are equal. */
  generation: number
  metageneration: number
  size: number
  /** base64, as in the API. */
  crc32c: string
  /** base64; absent for composed objects, as in the API. */
  md5Hash?: string
  /** How many uploads a composed object was made of. */
  componentCount?: number
  timeCreated: string
  updated: string
  /** When the version became noncurrent; absent for live ones. */
  timeDeleted?: string
  /** False for files that a person put there. */
  isUploaded: boolean
  /** Modification time of the file, in nanoseconds: another one means that someone changed the file by hand. */
  mtime: string
}

/** Names of what a client may set. */
export const SETTABLE: readonly string[] = [
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'contentType',
  'customTime',
  'metadata',
  'storageClass',
  'temporaryHold',
  'eventBasedHold',
] satisfies (keyof ObjectMetadata)[]

/** A record in two parts: what clients may set, and the rest. */
export function splitRecord(record: ObjectRecord): {metadata: ObjectMetadata; fixed: ObjectRecord} {
  const entries = Object.entries(record)
  return {
    metadata: Object.fromEntries(entries.filter(([name]) => SETTABLE.includes(name))) as ObjectMetadata,
    fixed: Object.fromEntries(entries.filter(([name]) => !SETTABLE.includes(name))) as unknown as ObjectRecord,
  }
}

/** Content hashes as the API writes them. */
export interface Hashes {
  crc32c: string
  md5Hash: string
}

/** Hashes content as it comes. */
export class ContentHash {
  readonly #crc = new Crc32c()
  readonly #md5 = createHash('md5')

  update(chunk: Buffer): void {
    this.#crc.update(chunk)
    this.#md5.update(chunk)
  }

  digest(): Hashes {
    return {crc32c: this.#crc.base64(), md5Hash: this.#md5.digest('base64')}
  }
}

/** Hashes a file; small ones in one read, which is several times as fast as a stream. */
export async function hashFile(file: string, size: number): Promise<Hashes> {
  const hash = new ContentHash()
  const chunks = size <= CHUNK ? [await readFile(file)] : createReadStream(file, {highWaterMark: CHUNK})
  for await (const chunk of chunks as Iterable<Buffer> | AsyncIterable<Buffer>) hash.update(chunk)
  return hash.digest()
}
