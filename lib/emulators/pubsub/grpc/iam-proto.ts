const text = (id: number) => ({type: 'string', id})

/** `google.iam.v1.IAMPolicy`, as protobuf.js describes it: Pub/Sub's protos have none. */
export const IAM_PROTO = {
  nested: {
    google: {
      nested: {
        type: {
          nested: {Expr: {fields: {expression: text(1), title: text(2), description: text(3), location: text(4)}}},
        },
        iam: {
          nested: {
            v1: {
              nested: {
                IAMPolicy: {
                  methods: {
                    SetIamPolicy: {requestType: 'SetIamPolicyRequest', responseType: 'Policy'},
                    GetIamPolicy: {requestType: 'GetIamPolicyRequest', responseType: 'Policy'},
                    TestIamPermissions: {
                      requestType: 'TestIamPermissionsRequest',
                      responseType: 'TestIamPermissionsResponse',
                    },
                  },
                },
                SetIamPolicyRequest: {fields: {resource: text(1), policy: {type: 'Policy', id: 2}}},
                GetIamPolicyRequest: {fields: {resource: text(1), options: {type: 'GetPolicyOptions', id: 2}}},
                GetPolicyOptions: {fields: {requestedPolicyVersion: {type: 'int32', id: 1}}},
                Policy: {
                  fields: {
                    version: {type: 'int32', id: 1},
                    bindings: {rule: 'repeated', type: 'Binding', id: 4},
                    etag: {type: 'bytes', id: 3},
                  },
                },
                Binding: {
                  fields: {
                    role: text(1),
                    members: {rule: 'repeated', type: 'string', id: 2},
                    condition: {type: 'google.type.Expr', id: 3},
                  },
                },
                TestIamPermissionsRequest: {
                  fields: {resource: text(1), permissions: {rule: 'repeated', type: 'string', id: 2}},
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
