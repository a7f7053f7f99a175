import {grantedOf} from '../granted.ts'
import type {CallContext} from './call-context.ts'

/** The one method of `google.iam.v1.IAMPolicy` that is served, as protobuf.js describes it: Pub/Sub's protos have none. */
export const IAM_PROTO = {
  nested: {
    google: {
      nested: {
        iam: {
          nested: {
            v1: {
              nested: {
                IAMPolicy: {
                  methods: {
                    TestIamPermissions: {
                      requestType: 'TestIamPermissionsRequest',
                      responseType: 'TestIamPermissionsResponse',
                    },
                  },
                },
                TestIamPermissionsRequest: {
                  fields: {
                    resource: {type: 'string', id: 1},
                    permissions: {rule: 'repeated', type: 'string', id: 2},
                  },
                },
                TestIamPermissionsResponse: {fields: {permissions: {rule: 'repeated', type: 'string', id: 1}}},
              },
            },
          },
        },
      },
    },
  },
}

/** Needs no permission itself; a missing topic or subscription is `NOT_FOUND`. */
export function testIamPermissions(
  {resource, permissions}: {resource: string; permissions: readonly string[]},
  {world, authorize}: CallContext,
): object {
  if (resource.includes('/topics/')) world.topic(resource)
  else world.subscription(resource)
  return {permissions: grantedOf(permissions, name => authorize(name, resource))}
}
