import {SluiceError} from '../../errors/index.ts'
import {createCommand, formatDuration} from '../../util/index.ts'
import type {GcsFailure} from './classify-error.ts'
import {type GcsPath, gcsPath} from './gcs-path.ts'

/** The error for a listing that cannot succeed. */
export function listError(failure: GcsFailure, bucket: string, pattern: string): SluiceError {
  const {message, cause} = failure
  if (failure.kind === 'not-found') return bucketError(bucket, `pattern '${pattern}'`, cause)
  if (failure.kind === 'permission-denied')
    return new SluiceError(
      'ERR_SLUICE_PERMISSION',
      `No permission to list the objects of gs://${bucket} for pattern '${pattern}': storage.objects.list is needed. ` +
        `Grant the job's account roles/storage.objectViewer on the bucket; a path without wildcards needs only ` +
        `storage.objects.get. Cloud Storage says: ${message}`,
      {cause},
    )
  return otherError(failure, `gs://${bucket}`)
}

/** The error for an object that cannot be looked up or read. */
export function objectError(failure: GcsFailure, path: GcsPath): SluiceError {
  const {message, cause} = failure
  const name = gcsPath(path)
  if (failure.kind === 'not-found' && /specified bucket/i.test(message))
    return bucketError(path.bucket, `path '${name}'`, cause)
  if (failure.kind === 'not-found')
    return new SluiceError(
      'ERR_SLUICE_NO_MATCH',
      `No object is named '${name}'. Check bucket and name: gcloud storage ls gs://${path.bucket}; ` +
        "a pattern needs a wildcard, for example '*'",
      {cause},
    )
  if (failure.kind === 'permission-denied')
    return new SluiceError(
      'ERR_SLUICE_PERMISSION',
      `No permission to read ${name} (or it does not exist: without storage.objects.list Cloud Storage does not say which): ` +
        `storage.objects.get is needed. Grant the job's account roles/storage.objectViewer on gs://${path.bucket}. ` +
        `Cloud Storage says: ${message}`,
      {cause},
    )
  return otherError(failure, name)
}

/** The error for an object whose pinned generation is gone. */
export function changedError(path: string, generation: string | undefined, cause: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_OBJECT_CHANGED',
    `${path} was overwritten or deleted while it was being read (generation ${generation} is gone), so what was read may ` +
      'be inconsistent. Run again; write new data under new names',
    {cause},
  )
}

function otherError(failure: GcsFailure, what: string): SluiceError {
  const {kind, message, cause} = failure
  if (kind === 'unauthenticated') return credentialsError(failure, `read ${what}`)
  return new SluiceError('ERR_SLUICE_READ', `${what} could not be read: ${message}`, {cause})
}

/** The command that creates a bucket. */
export function createBucket(bucket: string): string {
  const command = `gcloud storage buckets create gs://${bucket}`
  return createCommand('STORAGE_EMULATOR_HOST', command, `--bucket ${bucket}`)
}

/** The error for a bucket that does not exist; `asked`: the path or pattern that names it. */
export function bucketError(bucket: string, asked: string, cause: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_NOT_FOUND',
    `Bucket gs://${bucket} does not exist (${asked}). Check the name, or create it: ${createBucket(bucket)}`,
    {cause},
  )
}

/** The error for a call without usable credentials; `what`: what needed them, such as `read gs://my-bucket/a`. */
export function credentialsError({message, cause}: GcsFailure, what: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CREDENTIALS',
    `No usable Google Cloud credentials to ${what}. Run \`gcloud auth application-default login\`, or set ` +
      'GOOGLE_APPLICATION_CREDENTIALS to a key file (and STORAGE_EMULATOR_HOST for the local cloud). ' +
      `Cloud Storage says: ${message}`,
    {cause},
  )
}

/** The error when retries end; `why` gives the reason. */
export function gaveUpError({cause}: GcsFailure, what: string, why: string): SluiceError {
  return new SluiceError('ERR_SLUICE_READ', `${what} could not be read: ${why}`, {cause})
}

/** The reason when the server asks for a longer pause than the retry budget leaves. */
export function asksTooLong({message, retryAfter = 0}: GcsFailure, left: number): string {
  return (
    `Cloud Storage asks to wait ${formatDuration(retryAfter)} (Retry-After) before the next try, and the option ` +
    `\`retryFor\` leaves ${formatDuration(left)}: run again then, or allow more time. It says: ${message}`
  )
}

/** The reason when the retry budget is used up. */
export function noProgress({kind, message}: GcsFailure, after: string): string {
  const fix =
    kind === 'unreachable'
      ? 'Nothing answers there: check the network, and STORAGE_EMULATOR_HOST if it is set'
      : 'Run again later, or allow more time with the option `retryFor`'
  return `no progress for ${after}, last error: ${message}. ${fix}`
}
