import {randomFillSync} from 'node:crypto'
import {type Bucket, Storage} from '@google-cloud/storage'
import type {Clock, Timer} from '../../lib/core/index.ts'
import {type LocalCloud, startLocalCloud} from '../../lib/emulators/index.ts'
import {SluiceError} from '../../lib/errors/index.ts'
import {GcsFiles} from '../../lib/files/gcs/gcs-files.ts'
import type {RetryNote} from '../../lib/files/gcs/read-policy.ts'
import type {FileInfo} from '../../lib/files/index.ts'
import type {FileSystem} from '../../lib/files/system/file-system.ts'

export {until} from '../support/until.ts'

/** A stall time-out that no other timer has, so that the test clock can tell it. */
export const STALL = 30_001

/** Waits between tries pass at once, and are noted; stall time-outs pass when the test says so. */
export class TestClock implements Clock {
  time = 0
  readonly waits: number[] = []
  #stalls = new Set<() => void>()

  now(): number {
    return this.time
  }

  setTimeout(fn: () => void, ms: number): Timer {
    if (ms === STALL) {
      this.#stalls.add(fn)
      return {cancel: () => void this.#stalls.delete(fn)}
    }
    const handle = setImmediate(() => {
      this.waits.push(ms)
      this.time += ms
      fn()
    })
    return {cancel: () => clearImmediate(handle)}
  }

  /** Stall time-outs that run. */
  get stalls(): number {
    return this.#stalls.size
  }

  /** Lets the stall time-outs that run now pass. */
  stall(): void {
    this.time += STALL
    const due = [...this.#stalls]
    this.#stalls.clear()
    for (const fn of due) fn()
  }
}

/** A local cloud with one bucket and a file system that reads from it. */
export interface CloudFixture {
  cloud: LocalCloud
  /** The official client, to arrange objects. */
  bucket: Bucket
  files: GcsFiles
  clock: TestClock
  retries: RetryNote[]
  /** Stores an object and matches it; the log is empty afterwards. */
  put(name: string, content: Buffer): Promise<FileInfo>
}

/** Starts a fresh fixture before each test, and closes it after. */
export function useCloud(): CloudFixture {
  const fixture = {} as CloudFixture
  beforeEach(async () => {
    fixture.cloud = await startLocalCloud({services: ['storage']})
    const storage = new Storage({...fixture.cloud.clientOptions.storage, retryOptions: {maxRetries: 3}})
    ;[fixture.bucket] = await storage.createBucket('my-bucket')
    fixture.clock = new TestClock()
    fixture.retries = []
    fixture.files = new GcsFiles(storage, {
      clock: fixture.clock,
      stallTimeout: STALL,
      random: () => 0.5,
      onRetry: note => fixture.retries.push(note),
    })
    fixture.put = async (name, content) => {
      await fixture.bucket.file(name).save(content, {resumable: false, validation: false})
      const [file] = await fixture.files.match(`gs://my-bucket/${name}`)
      fixture.cloud.log.clear()
      return file!
    }
    fixture.cloud.log.clear()
  })
  afterEach(() => fixture.cloud.close())
  return fixture
}

/** Bytes that no compression or accident makes look right. */
export function noise(length: number): Buffer {
  return randomFillSync(Buffer.alloc(length))
}

/** The whole content of a file. */
export async function contentOf(files: FileSystem, file: FileInfo, start = 0): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of files.open(file, {start})) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The SluiceError that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<SluiceError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const base64 = (text: string) => Buffer.from(text, 'base64')

/** Streams of `bzip2`, since Node cannot make them: 'hello ', 'world', nothing, and 100,000 lines 'abc' in five blocks. */
export const BZIP2 = {
  hello: base64('QlpoMTFBWSZTWXZp4NQAAAERAEAAAkSgADDNAMNGKZcXckU4UJB2aeDU'),
  world: base64('QlpoOTFBWSZTWVnOe8sAAAIBgAQEkIAgADDNAMGkwHF3JFOFCQWc57yw'),
  empty: base64('QlpoORdyRThQkAAAAAA='),
  blocks: base64(
    'QlpoMTFBWSZTWbBZKpkAYaNBAAAQOAAgAFBmmgUoOoSgsoSgtIlBdQlBeYoKyTKayRrAbeAEk6YIAACBwAEAAoM00ClB1CUFlCUFtCUFxEoLzFBW' +
      'SZTWY+7/ccAknTBAAAQOAAgAEBSgGaadQlBZQlBbQlBb1CUF5igrJMprKyZZyYAGGjggAAIHAAQACgzTQKUHUJQWESgtoSguoSgvMUFZJlNZAw3Z' +
      'pwAAEsEAABA4ACAAMM00E1QcVhWlcV4u5IpwoSEhquy2',
  ),
}

/** Frames of `zstd` with checksums, for versions of Node that cannot make them: 'hello ' and 'world'. */
export const ZSTD = {
  hello: base64('KLUv/QRYMQAAaGVsbG8g0jvhqQ=='),
  world: base64('KLUv/QRYKQAAd29ybGTvUe5m'),
}
