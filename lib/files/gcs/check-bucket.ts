import {type Finding, permissionFinding} from '../../core/index.ts'
import {classifyError} from './classify-error.ts'
import {openStorage, type StorageClient} from './gcs-client.ts'
import {createBucket} from './gcs-errors.ts'
import {gcsRequest, jsonObject, type OpenStorage, unexpectedGcs} from './gcs-request.ts'

/** Checks which of these permissions the account has on a bucket, and finds its location. Needs no permission itself. */
export async function checkBucket(
  client: StorageClient | undefined,
  bucket: string,
  needed: readonly string[],
  role: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const resource = `gs://${bucket}`
  try {
    const open = await openStorage(client)
    const named = 'buckets.testIamPermissions'
    const options = {uri: '/iam/testPermissions', qs: {permissions: needed}, useQuerystring: true}
    const reply = await gcsRequest(open, {named, bucket, options}, signal)
    const {kind, permissions: granted = []} = jsonObject(named, reply)
    if (kind !== 'storage#testIamPermissionsResponse' || !Array.isArray(granted))
      throw unexpectedGcs(named, 'it lists no permissions', reply)
    const permissions = permissionFinding(resource, needed, granted, role)
    const location = await locationOf(open, bucket, signal).catch(error => unknownLocation(error))
    const found = location ?? 'not known: storage.buckets.get is not granted, and not needed'
    return [permissions, {what: `location of ${resource}`, found, ...(location !== undefined && {location})}]
  } catch (error) {
    return [failed(bucket, error)]
  }
}

async function locationOf(open: OpenStorage, bucket: string, signal: AbortSignal): Promise<string | undefined> {
  const named = 'buckets.get'
  const reply = await gcsRequest(open, {named, bucket, options: {uri: ''}}, signal)
  const {name, location} = jsonObject(named, reply)
  if (name !== bucket) throw unexpectedGcs(named, `it is about a bucket other than ${bucket}`, reply)
  if (location === undefined || typeof location === 'string') return location
  throw unexpectedGcs(named, '`location` is not a string', reply)
}

function unknownLocation(error: unknown): undefined {
  if (classifyError(error).kind !== 'permission-denied') throw error
}

function failed(bucket: string, error: unknown): Finding {
  const {kind, message} = classifyError(error)
  const fixes: Partial<Record<typeof kind, string>> = {
    'not-found': `correct the name, or create it: ${createBucket(bucket)}`,
    unauthenticated: 'run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS',
  }
  const found = kind === 'not-found' ? 'does not exist' : message
  return {what: `bucket gs://${bucket}`, found, fix: fixes[kind] ?? 'try again, and follow what Cloud Storage says'}
}
