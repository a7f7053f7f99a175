import {SluiceError} from '../../errors/index.ts'
import type {GcsFailure} from './classify-error.ts'
import {bucketError, credentialsError} from './gcs-errors.ts'
import {type GcsPath, gcsPath} from './gcs-path.ts'

/** The error for an object that cannot be written (if `removing`, cannot be removed). */
export function writeError(failure: GcsFailure, path: GcsPath, removing = false): SluiceError {
  const {kind, message, cause} = failure
  const name = gcsPath(path)
  if (kind === 'not-found') return bucketError(path.bucket, `path '${name}'`, cause)
  if (kind === 'permission-denied')
    return new SluiceError(
      'ERR_SLUICE_PERMISSION',
      `No permission to ${removing ? 'remove' : 'write'} ${name}: storage.objects.create is needed, and with ` +
        `\`overwrite: true\` storage.objects.delete. Grant the job's account roles/storage.objectUser on ` +
        `gs://${path.bucket}. Cloud Storage says: ${message}`,
      {cause},
    )
  if (kind === 'unauthenticated') return credentialsError(failure, `write ${name}`)
  return new SluiceError('ERR_SLUICE_WRITE', `${name} could not be ${removing ? 'removed' : 'written'}: ${message}`, {
    cause,
  })
}

/** The error when the retries of an upload end; `why` gives the reason. */
export function gaveUpWriting({cause}: GcsFailure, what: string, why: string): SluiceError {
  return new SluiceError('ERR_SLUICE_WRITE', `${what} could not be written: ${why}`, {cause})
}
