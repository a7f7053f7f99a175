import type {PubSub} from '@google-cloud/pubsub'
import {type Finding, permissionFinding} from '../../../core/index.ts'
import {messageOf} from '../../../errors/index.ts'
import {connectPubSub} from './pubsub-client.ts'
import {PubSubError} from './pubsub-error.ts'
import {fullName, projectOf, type Resource} from './resource-names.ts'

/** The resource to check. */
interface ResourceCheck {
  readonly kind: Resource
  /** Full or short name. */
  readonly name: string
  readonly project: string | undefined
  readonly client: PubSub | undefined
  readonly needed: readonly string[]
  /** The role that grants them. */
  readonly role: string
}

/** Checks whether a topic or subscription exists, and which permissions the caller has on it. */
export async function checkResource({kind, name, project, client, needed, role}: ResourceCheck): Promise<Finding[]> {
  const what = `${kind === 'topics' ? 'topic' : 'subscription'} ${name}`
  try {
    const port = await connectPubSub(client, project ?? projectOf(name))
    try {
      const full = fullName(kind, name, project ?? projectOf(name) ?? (await port.projectId()))
      return [permissionFinding(full, needed, await port.testPermissions(full, needed), role)]
    } finally {
      await port.close()
    }
  } catch (error) {
    const kind = error instanceof PubSubError ? error.kind : undefined
    if (kind === 'not-found')
      return [{what, found: 'does not exist', fix: 'create it, or correct its name and project'}]
    const fix =
      kind === 'unauthenticated'
        ? 'run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS'
        : 'try again; if it persists, check the status of Pub/Sub'
    return [{what, found: messageOf(error), fix}]
  }
}
