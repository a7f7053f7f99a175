import {type Bucket, Storage, type StorageOptions} from '@google-cloud/storage'
import {type LocalCloud, type LocalCloudOptions, startLocalCloud} from '../../lib/emulators/index.ts'

/** What a test of the local Cloud Storage works with; a fresh one for every test. */
export interface Fixture {
  cloud: LocalCloud
  storage: Storage
  /** The bucket `my-bucket`, already made. */
  bucket: Bucket
}

/** Starts a local cloud with one bucket before each test of the suite, and closes it after. */
export function useLocalCloud(options: LocalCloudOptions = {}): Fixture {
  const fixture = {} as Fixture
  beforeEach(async () => {
    fixture.cloud = await startLocalCloud({services: ['storage'], ...options})
    fixture.storage = storageOf(fixture.cloud)
    ;[fixture.bucket] = await fixture.storage.createBucket('my-bucket')
    fixture.cloud.log.clear()
  })
  afterEach(() => fixture.cloud.close())
  return fixture
}

/** An official client whose retries do not wait. */
export function storageOf(cloud: LocalCloud, options: StorageOptions = {}): Storage {
  return new Storage({
    ...cloud.clientOptions.storage,
    retryOptions: {retryDelayMultiplier: 0.001, maxRetryDelay: 1},
    ...options,
  })
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error & {code?: number | string}> {
  try {
    await promise
  } catch (error) {
    return error as Error & {code?: number | string}
  }
  throw new Error('expected a rejection')
}
