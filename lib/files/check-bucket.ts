import {type Finding, permissionFinding} from '../core/index.ts'
import {call, openStorage, type StorageClient, tracked} from './gcs-client.ts'
import {classify} from './gcs-errors.ts'

/** Which of these permissions there are on a bucket, and where it is. Needs no permission. */
export async function checkBucket(
  client: StorageClient | undefined,
  bucket: string,
  needed: readonly string[],
  role: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const resource = `gs://${bucket}`
  try {
    const {storage, ready} = await openStorage(client)
    const granted = await call(signal, async http => {
      await ready()
      const [answer] = await tracked(storage.bucket(bucket), http).iam.testPermissions([...needed])
      return needed.filter(permission => answer[permission])
    })
    const permissions = permissionFinding(resource, needed, granted, role)
    const location = await call(signal, async http => {
      const [metadata] = await tracked(storage.bucket(bucket), http).getMetadata()
      return metadata.location
    }).catch(error => unknownLocation(error))
    const found = location ?? 'not known: storage.buckets.get is not granted, and not needed'
    return [permissions, {what: `location of ${resource}`, found, ...(location !== undefined && {location})}]
  } catch (error) {
    return [failed(resource, error)]
  }
}

function unknownLocation(error: unknown): undefined {
  if (classify(error).kind !== 'permission') throw error
}

function failed(resource: string, error: unknown): Finding {
  const {kind, message} = classify(error)
  const fixes: Partial<Record<typeof kind, string>> = {
    notFound: `correct the name, or create it: gcloud storage buckets create ${resource}`,
    credentials: 'run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS',
  }
  const found = kind === 'notFound' ? 'does not exist' : message
  return {what: `bucket ${resource}`, found, fix: fixes[kind] ?? 'try again, and see what Cloud Storage says'}
}
