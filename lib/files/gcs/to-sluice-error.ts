import {SluiceError} from '../../errors/index.ts'
import type {GcsFailure} from './classify-error.ts'
import {bucketError, credentialsError} from './gcs-errors.ts'
import {type GcsPath, gcsPath} from './gcs-path.ts'

/** What a failed call was doing. */
export type GcsAction =
  | {readonly doing: 'list'; readonly bucket: string; readonly pattern: string}
  | {readonly doing: 'read' | 'write' | 'remove'; readonly path: GcsPath}

/** The error of a call that cannot succeed: names the resource, what Cloud Storage answered, the permission and the fix. */
export function toSluiceError(failure: GcsFailure, action: GcsAction): SluiceError {
  const {kind, cause} = failure
  if (kind === 'not-found') return missingError(failure, action)
  if (kind === 'permission-denied')
    return new SluiceError('ERR_SLUICE_PERMISSION', `${permission(action)} Cloud Storage says: ${failure.message}`, {
      cause,
    })
  const isWriting = action.doing === 'write' || action.doing === 'remove'
  const name = action.doing === 'list' ? `gs://${action.bucket}` : gcsPath(action.path)
  if (kind === 'unauthenticated') return credentialsError(failure, `${isWriting ? 'write' : 'read'} ${name}`)
  const done = {list: 'read', read: 'read', write: 'written', remove: 'removed'}[action.doing]
  const code = isWriting ? 'ERR_SLUICE_WRITE' : 'ERR_SLUICE_READ'
  return new SluiceError(code, `${name} could not be ${done}: ${failure.message}`, {cause})
}

function missingError({message, cause}: GcsFailure, action: GcsAction): SluiceError {
  if (action.doing === 'list') return bucketError(action.bucket, `pattern '${action.pattern}'`, cause)
  const {bucket} = action.path
  const name = gcsPath(action.path)
  if (action.doing !== 'read' || /specified bucket/i.test(message)) return bucketError(bucket, `path '${name}'`, cause)
  return new SluiceError(
    'ERR_SLUICE_NO_MATCH',
    `No object is named '${name}'. Check bucket and name: gcloud storage ls gs://${bucket}; ` +
      "a pattern needs a wildcard, for example '*'",
    {cause},
  )
}

/** The missing permission and the role to grant. */
function permission(action: GcsAction): string {
  if (action.doing === 'list')
    return (
      `No permission to list the objects of gs://${action.bucket} for pattern '${action.pattern}': storage.objects.list ` +
      `is needed. Grant the job's account roles/storage.objectViewer on the bucket; a path without wildcards needs only ` +
      'storage.objects.get.'
    )
  const name = gcsPath(action.path)
  if (action.doing === 'read')
    return (
      `No permission to read ${name} (or it does not exist: without storage.objects.list Cloud Storage does not say which): ` +
      `storage.objects.get is needed. Grant the job's account roles/storage.objectViewer on gs://${action.path.bucket}.`
    )
  return (
    `No permission to ${action.doing} ${name}: storage.objects.create is needed, and with ` +
    `\`overwrite: true\` storage.objects.delete. Grant the job's account roles/storage.objectUser on ` +
    `gs://${action.path.bucket}.`
  )
}
