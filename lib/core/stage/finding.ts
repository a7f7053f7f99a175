/** One thing that a check looked at before a run. */
export interface Finding {
  /** What was looked at: `'permissions on gs://my-bucket'`. */
  readonly what: string
  /** What was found there. */
  readonly found: string
  /** What to do about it; undefined if it is fine. */
  readonly fix?: string
  /** Where the data of a bucket or dataset lies: `'US'`, `'europe-west3'`. */
  readonly location?: string
}

/** The finding about the permissions that a resource needs, given those that are granted. */
export function permissionFinding(
  resource: string,
  needed: readonly string[],
  granted: readonly string[],
  role: string,
): Finding {
  const missing = needed.filter(permission => !granted.includes(permission))
  const what = `permissions on ${resource}`
  if (missing.length === 0) return {what, found: needed.join(', ')}
  return {what, found: `missing: ${missing.join(', ')}`, fix: `grant the job's account ${role} on ${resource}`}
}
