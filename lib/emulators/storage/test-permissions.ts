import {grantedOf} from '../granted.ts'
import type {ServiceReply, ServiceRequest} from '../service.ts'
import type {ObjectStore} from './object-store.ts'

/** `buckets.testIamPermissions`: needs no permission itself; a missing bucket is a 404. */
export async function testBucketPermissions(
  store: ObjectStore,
  bucket: string,
  request: ServiceRequest,
): Promise<ServiceReply> {
  await store.buckets.get(bucket)
  const permissions = grantedOf(request.query.getAll('permissions'), name => request.authorize(name, bucket))
  const some = permissions.length > 0 ? {permissions} : {}
  return {status: 200, body: {kind: 'storage#testIamPermissionsResponse', ...some}}
}
