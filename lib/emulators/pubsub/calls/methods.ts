import type {Handler} from './call-context.ts'
import * as iam from './iam.ts'
import * as schemas from './schemas.ts'
import * as snapshots from './snapshots.ts'
import * as subscriptions from './subscriptions.ts'
import * as topics from './topics.ts'

/** The unary methods that are served, by their name in the proto. */
export const METHODS: ReadonlyMap<string, Handler<never>> = new Map<string, Handler<never>>([
  ['CreateTopic', topics.createTopic],
  ['GetTopic', topics.getTopic],
  ['UpdateTopic', topics.updateTopic],
  ['DeleteTopic', topics.deleteTopic],
  ['ListTopics', topics.listTopics],
  ['ListTopicSubscriptions', topics.listTopicSubscriptions],
  ['ListTopicSnapshots', topics.listTopicSnapshots],
  ['DetachSubscription', topics.detachSubscription],
  ['Publish', topics.publish],
  ['CreateSubscription', subscriptions.createSubscription],
  ['GetSubscription', subscriptions.getSubscription],
  ['UpdateSubscription', subscriptions.updateSubscription],
  ['DeleteSubscription', subscriptions.deleteSubscription],
  ['ListSubscriptions', subscriptions.listSubscriptions],
  ['ModifyPushConfig', subscriptions.modifyPushConfig],
  ['Pull', subscriptions.pull],
  ['Acknowledge', subscriptions.acknowledge],
  ['ModifyAckDeadline', subscriptions.modifyAckDeadline],
  ['CreateSnapshot', snapshots.createSnapshot],
  ['GetSnapshot', snapshots.getSnapshot],
  ['UpdateSnapshot', snapshots.updateSnapshot],
  ['DeleteSnapshot', snapshots.deleteSnapshot],
  ['ListSnapshots', snapshots.listSnapshots],
  ['Seek', snapshots.seek],
  ['CreateSchema', schemas.createSchema],
  ['GetSchema', schemas.getSchema],
  ['ListSchemas', schemas.listSchemas],
  ['ListSchemaRevisions', schemas.listSchemaRevisions],
  ['CommitSchema', schemas.commitSchema],
  ['RollbackSchema', schemas.rollbackSchema],
  ['DeleteSchemaRevision', schemas.deleteSchemaRevision],
  ['DeleteSchema', schemas.deleteSchema],
  ['ValidateSchema', schemas.validateSchema],
  ['ValidateMessage', schemas.validateMessage],
  ['GetIamPolicy', iam.getIamPolicy],
  ['SetIamPolicy', iam.setIamPolicy],
  ['TestIamPermissions', iam.testIamPermissions],
])

/** The name of a method in the request log and in fault rules: `pubsub.publish`. */
export function callOf(method: string): string {
  return `pubsub.${method[0]!.toLowerCase()}${method.slice(1)}`
}

/** The resource that a request is about, as a path. */
export function pathOf(request: Readonly<Record<string, unknown>>): string {
  for (const field of ['name', 'subscription', 'topic', 'snapshot', 'project', 'parent', 'resource']) {
    const value = request[field]
    const name = typeof value === 'object' && value !== null ? (value as {name?: unknown}).name : value
    if (typeof name === 'string' && name !== '') return `/${name}`
  }
  return '/'
}
