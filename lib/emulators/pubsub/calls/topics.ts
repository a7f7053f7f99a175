import {checkPublish} from '../messages/message.ts'
import {type SchemaSettings, schemaAttributes} from '../schemas/schema.ts'
import {applyMask} from '../subscriptions/subscription-settings.ts'
import {Topic, UPDATABLE_TOPIC_FIELDS} from '../topics/topic.ts'
import {alreadyExists, CODE, invalid, notFound, PubSubError} from '../wire/grpc-code.ts'
import {checkName, checkProject, DELETED_TOPIC, projectOf} from '../wire/names.ts'
import type {WireMessage, WireTopic} from '../wire/wire.ts'
import {type CallContext, type Handler, page} from './call-context.ts'

interface Paged {
  pageSize: number
  pageToken: string
}

export const createTopic: Handler<WireTopic> = (request, context) => {
  const {world, authorize} = context
  authorize('pubsub.topics.create', projectOf(request.name))
  const topic = new Topic(request)
  checkSchema(topic.wire, context)
  if (world.topics.has(topic.name)) throw alreadyExists(topic.name)
  world.topics.set(topic.name, topic)
  return topic.wire
}

export const getTopic: Handler<{topic: string}> = (request, {world, authorize}) => {
  authorize('pubsub.topics.get', request.topic)
  return world.topic(request.topic).wire
}

export const updateTopic: Handler<{topic: WireTopic; updateMask: {paths: string[]} | null}> = (request, context) => {
  context.authorize('pubsub.topics.update', request.topic?.name)
  const topic = context.world.topic(request.topic?.name)
  const changed = applyMask(topic.wire, request.topic, request.updateMask?.paths ?? [], UPDATABLE_TOPIC_FIELDS)
  checkSchema(changed, context)
  topic.update(changed)
  return topic.wire
}

export const deleteTopic: Handler<{topic: string}> = (request, {world, authorize}) => {
  authorize('pubsub.topics.delete', request.topic)
  const {name} = world.topic(request.topic)
  world.topics.delete(name)
  // Its subscriptions stay, with their messages.
  for (const subscription of world.subscriptions.values())
    if (subscription.topic === name) subscription.topic = DELETED_TOPIC
  return {}
}

export const listTopics: Handler<Paged & {project: string}> = (request, {world, authorize}) => {
  authorize('pubsub.topics.list', request.project)
  checkProject(request.project)
  const all = [...world.topics.values()].filter(topic => projectOf(topic.name) === request.project)
  const {items, nextPageToken} = page(all, request)
  return {topics: items.map(topic => topic.wire), nextPageToken}
}

export const listTopicSubscriptions: Handler<Paged & {topic: string}> = (request, {world, authorize}) => {
  authorize('pubsub.topics.get', request.topic)
  const {name} = world.topic(request.topic)
  const all = [...world.subscriptions.values()].filter(one => one.topic === name && !one.detached)
  const {items, nextPageToken} = page(all, request)
  return {subscriptions: items.map(one => one.name), nextPageToken}
}

export const listTopicSnapshots: Handler<Paged & {topic: string}> = (request, {world, authorize}) => {
  authorize('pubsub.topics.get', request.topic)
  const {name} = world.topic(request.topic)
  const all = [...world.snapshots.values()].filter(one => one.topic === name)
  const {items, nextPageToken} = page(all, request)
  return {snapshots: items.map(one => one.name), nextPageToken}
}

export const detachSubscription: Handler<{subscription: string}> = (request, {world, authorize}) => {
  checkName('subscriptions', request.subscription)
  const subscription = world.subscriptions.get(request.subscription)
  authorize('pubsub.topics.detachSubscription', subscription?.topic ?? request.subscription)
  if (!subscription) throw notFound(request.subscription)
  subscription.detached = true
  subscription.replace([])
  const {code, message} = new PubSubError(CODE.FAILED_PRECONDITION, `Subscription ${subscription.name} is detached.`)
  subscription.consumers.end(code, message)
  return {}
}

export const publish: Handler<{topic: string; messages: WireMessage[]}> = (request, context: CallContext) => {
  context.authorize('pubsub.topics.publish', request.topic)
  checkName('topics', request.topic)
  const topic = context.world.topic(request.topic)
  checkPublish(request.messages, context.bytes)
  const settings = topic.schemaSettings
  const schema = settings && context.world.schemas.get(settings.schema)
  const messages = settings
    ? request.messages.map((message, i) => ({
        ...message,
        attributes: {...message.attributes, ...schemaAttributes(schema, settings, message, i)},
      }))
    : request.messages
  const messageIds = context.world.publish(topic, messages)
  context.note({messages: messageIds.length})
  return {messageIds}
}

/** A topic's schema must be there, with an encoding, and the caller must be allowed to use it. */
function checkSchema(wire: WireTopic, {world, authorize}: CallContext): void {
  const settings = wire['schemaSettings'] as SchemaSettings | null | undefined
  if (!settings) return
  authorize('pubsub.schemas.attach', settings.schema)
  checkName('schemas', settings.schema)
  const schema = world.schema(settings.schema)
  for (const revision of [settings.firstRevisionId, settings.lastRevisionId]) if (revision) schema.revision(revision)
  if (settings.encoding !== 'JSON' && settings.encoding !== 'BINARY')
    throw invalid('The schema settings of a topic must have an encoding: JSON or BINARY.')
}
