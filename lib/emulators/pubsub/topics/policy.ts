/** A policy as it is sent and answered. It is kept, and grants nothing: `cloud.permissions` does. */
export interface Policy {
  version: number
  bindings: {role: string; members: string[]; condition: object | null}[]
  etag: Buffer
}
