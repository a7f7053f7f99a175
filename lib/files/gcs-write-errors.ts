import {SluiceError} from '../errors/index.ts'
import type {GcsFailure} from './gcs-errors.ts'
import {type GcsPath, gcsPath} from './gcs-path.ts'

/** The error for an object that cannot be written (or, where `removing`, not be removed), for good. */
export function writeError(failure: GcsFailure, path: GcsPath, removing = false): SluiceError {
  const {kind, message, cause} = failure
  const name = gcsPath(path)
  if (kind === 'notFound')
    return new SluiceError(
      'ERR_SLUICE_NOT_FOUND',
      `Bucket gs://${path.bucket} does not exist (path '${name}'). Check the name, or create it: ` +
        `gcloud storage buckets create gs://${path.bucket}`,
      {cause},
    )
  if (kind === 'permission')
    return new SluiceError(
      'ERR_SLUICE_PERMISSION',
      `No permission to ${removing ? 'remove' : 'write'} ${name}: storage.objects.create is needed, and with ` +
        `\`overwrite: true\` storage.objects.delete. Grant the job's account roles/storage.objectUser on ` +
        `gs://${path.bucket}. Cloud Storage says: ${message}`,
      {cause},
    )
  if (kind === 'credentials')
    return new SluiceError(
      'ERR_SLUICE_CREDENTIALS',
      `No usable Google Cloud credentials to write ${name}. Run \`gcloud auth application-default login\`, or set ` +
        'GOOGLE_APPLICATION_CREDENTIALS to a key file (and STORAGE_EMULATOR_HOST for the local cloud). ' +
        `Cloud Storage says: ${message}`,
      {cause},
    )
  return new SluiceError('ERR_SLUICE_WRITE', `${name} could not be ${removing ? 'removed' : 'written'}: ${message}`, {
    cause,
  })
}

/** The error after the retry budget of an upload is used up. */
export function gaveUpWriting({cause, message, unreachable}: GcsFailure, what: string, after: string): SluiceError {
  const fix = unreachable
    ? 'Nothing answers there: check the network, and STORAGE_EMULATOR_HOST if it is set'
    : 'Run again later, or allow more time by the option `retryFor`'
  return new SluiceError(
    'ERR_SLUICE_WRITE',
    `${what} could not be written: no progress for ${after}, last error: ${message}. ${fix}`,
    {cause},
  )
}

/** The error for files that are there already; lists the first of them. */
export function existsError(paths: readonly string[], cause?: unknown): SluiceError {
  const some = paths.slice(0, 5).join(', ')
  const [are, it] = paths.length === 1 ? ['exists', 'it'] : ['exist', 'them']
  return new SluiceError(
    'ERR_SLUICE_EXISTS',
    `${some}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''} ${are} already, and would be taken for a part of ` +
      `this output. Move or delete ${it}, write under another prefix, or give \`overwrite: true\` to replace ${it}`,
    {cause},
  )
}
