import {SluiceError} from '../../errors/index.ts'
import {createCommand, formatDuration} from '../../util/index.ts'
import type {GcsFailure} from './classify-error.ts'

/** The error for an object whose pinned generation is gone. */
export function changedError(path: string, generation: string | undefined, cause: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_OBJECT_CHANGED',
    `${path} was overwritten or deleted while it was being read (generation ${generation} is gone), so what was read may ` +
      'be inconsistent. Run again; write new data under new names',
    {cause},
  )
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

/** The error when the retries of a read end; `why` gives the reason. */
export function gaveUpError({cause}: GcsFailure, what: string, why: string): SluiceError {
  return new SluiceError('ERR_SLUICE_READ', `${what} could not be read: ${why}`, {cause})
}

/** The error when the retries of an upload end; `why` gives the reason. */
export function gaveUpWriting({cause}: GcsFailure, what: string, why: string): SluiceError {
  return new SluiceError('ERR_SLUICE_WRITE', `${what} could not be written: ${why}`, {cause})
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
