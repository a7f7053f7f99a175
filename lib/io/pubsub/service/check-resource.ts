import type {PubSub} from '@google-cloud/pubsub'
import {type Finding, permissionFinding} from '../../../core/index.ts'
import {messageOf} from '../../../errors/index.ts'
import {connectPubSub} from './pubsub-client.ts'
import {PubSubError} from './pubsub-error.ts'
import {fullName, projectOf, type Resource} from './resource-names.ts'

/** What is to be checked. */
interface ResourceCheck {
  readonly kind: Resource
  /** In full or short. */
  readonly name: string
  readonly project: string | undefined
  readonly client: PubSub | undefined
  readonly needed: readonly string[]
  /** The role that has them. */
  readonly role: string
}

/** Whether a topic or subscription is there, and which permissions there are on it. */
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
        : 'try again, and see what Pub/Sub says'
    return [{what, found: messageOf(error), fix}]
  }
}
