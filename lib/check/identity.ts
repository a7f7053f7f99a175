import type {Finding, StageInfo} from '../core/index.ts'
import {messageOf} from '../errors/index.ts'

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'

/** The account of the job on Google Cloud; nothing for a job that does not use it. */
export async function identityFinding(stages: readonly StageInfo[]): Promise<Finding[]> {
  const targets = stages.flatMap(({target}) => target?.() ?? [])
  const local = new Set(targets.filter(target => target.local).map(({variable}) => variable))
  const what = 'account'
  if (local.size > 0)
    return [
      {
        what,
        found: `emulators: ${[...local].map(name => `${name}=${process.env[name] ?? 'by the client'}`).join(', ')}`,
      },
    ]
  // a ready client has an account of its own
  if (targets.every(({explicit}) => explicit)) return []
  try {
    const {GoogleAuth} = await import('google-auth-library')
    const auth = new GoogleAuth({scopes: SCOPE})
    const client = await auth.getClient()
    const {client_email: email} = await auth.getCredentials().catch(() => ({client_email: undefined}))
    const project = await auth.getProjectId().catch(() => undefined)
    const found = `${email ?? client.constructor.name}, ${project ? `project ${project}` : 'no project'}`
    if (project) return [{what, found}]
    return [{what, found, fix: 'set GOOGLE_CLOUD_PROJECT, or name projects in the job'}]
  } catch (error) {
    const fix = 'run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS'
    return [{what, found: messageOf(error), fix}]
  }
}
