import {PullConsumer} from '../subscriptions/pull-consumer.ts'
import {Subscription} from '../subscriptions/subscription.ts'
import {readSettings, type Settings, updateSettings} from '../subscriptions/subscription-settings.ts'
import type {World} from '../topics/world.ts'
import {alreadyExists, CODE, invalid, notFound, PubSubError} from '../wire/grpc-code.ts'
import {checkName, checkProject, projectOf} from '../wire/names.ts'
import type {WireSubscription} from '../wire/wire.ts'
import {type CallContext, type Handler, page} from './call-context.ts'

const MAX_SECONDS = 600

export const createSubscription: Handler<WireSubscription> = (request, {world, authorize}) => {
  authorize('pubsub.subscriptions.create', projectOf(request.name))
  authorize('pubsub.topics.attachSubscription', request.topic)
  checkName('topics', request.topic)
  const settings = readSettings(request)
  if (world.subscriptions.has(request.name)) throw alreadyExists(request.name)
  world.topic(request.topic)
  checkDeadLetterTopic(world, settings)
  const subscription = new Subscription(settings, world.nextUid(), world)
  world.subscriptions.set(request.name, subscription)
  return shown(world, subscription)
}

export const getSubscription: Handler<{subscription: string}> = (request, {world, authorize}) => {
  authorize('pubsub.subscriptions.get', request.subscription)
  return shown(world, world.subscription(request.subscription))
}

export const updateSubscription: Handler<{
  subscription: WireSubscription
  updateMask: {paths: string[]} | null
}> = (request, {world, authorize}) => {
  authorize('pubsub.subscriptions.update', request.subscription?.name)
  const subscription = world.subscription(request.subscription?.name)
  const settings = updateSettings(subscription.settings, request.subscription, request.updateMask?.paths ?? [])
  checkDeadLetterTopic(world, settings)
  subscription.update(settings)
  return shown(world, subscription)
}

export const deleteSubscription: Handler<{subscription: string}> = (request, {world, authorize}) => {
  authorize('pubsub.subscriptions.delete', request.subscription)
  world.remove(world.subscription(request.subscription))
  return {}
}

export const listSubscriptions: Handler<{project: string; pageSize: number; pageToken: string}> = (
  request,
  {world, authorize},
) => {
  authorize('pubsub.subscriptions.list', request.project)
  checkProject(request.project)
  const all = [...world.subscriptions.values()].filter(one => projectOf(one.name) === request.project)
  const {items, nextPageToken} = page(all, request)
  return {subscriptions: items.map(one => shown(world, one)), nextPageToken}
}

export const modifyPushConfig: Handler<{subscription: string; pushConfig: object | null}> = (
  request,
  {world, authorize},
) => {
  authorize('pubsub.subscriptions.update', request.subscription)
  const subscription = world.subscription(request.subscription)
  const given = {...subscription.settings.wire, pushConfig: request.pushConfig}
  subscription.update(updateSettings(subscription.settings, given, ['pushConfig']))
  return {}
}

export const pull: Handler<{subscription: string; maxMessages: number; returnImmediately: boolean}> = async (
  request,
  context,
) => {
  const subscription = consumed(request.subscription, context)
  if (request.maxMessages < 1) throw invalid(`max_messages is ${request.maxMessages}; it must be at least 1.`)
  const consumer = new PullConsumer(request.maxMessages, request.returnImmediately, context.signal)
  subscription.attach(consumer)
  try {
    if (request.returnImmediately) subscription.dispatch()
    const receivedMessages = await consumer.received
    context.note({messages: receivedMessages.length})
    return {receivedMessages}
  } finally {
    subscription.detach(consumer)
  }
}

export const acknowledge: Handler<{subscription: string; ackIds: string[]}> = (request, context) => {
  const subscription = consumed(request.subscription, context)
  context.note({ackIds: request.ackIds.length})
  if (request.ackIds.length === 0) throw invalid('The request has no ack ids.')
  refuse(subscription.acknowledge(request.ackIds, context.faults))
  return {}
}

export const modifyAckDeadline: Handler<{subscription: string; ackIds: string[]; ackDeadlineSeconds: number}> = (
  request,
  context,
) => {
  const subscription = consumed(request.subscription, context)
  const {ackIds, ackDeadlineSeconds} = request
  context.note({ackIds: ackIds.length, seconds: ackDeadlineSeconds})
  if (ackIds.length === 0) throw invalid('The request has no ack ids.')
  checkDeadline(ackDeadlineSeconds)
  refuse(subscription.modify(ackIds, ackDeadlineSeconds))
  return {}
}

/** Refuses an ack deadline that is not 0 to 600 seconds. */
export function checkDeadline(seconds: number): void {
  if (seconds >= 0 && seconds <= MAX_SECONDS) return
  throw invalid(`Invalid ack deadline: ${seconds}. It must be 0 to ${MAX_SECONDS} seconds.`)
}

/** The subscription that a caller wants to take messages from. */
export function consumed(name: string, {world, authorize}: CallContext): Subscription {
  checkName('subscriptions', name)
  authorize('pubsub.subscriptions.consume', name)
  const subscription = world.attached(name)
  if (!subscription.settings.push) return subscription
  throw new PubSubError(
    CODE.FAILED_PRECONDITION,
    `Subscription ${name} is a push subscription: its messages go to its endpoint, and cannot be pulled.`,
  )
}

function refuse(failures: ReadonlyMap<string, string>): void {
  if (failures.size === 0) return
  const transient = [...failures.values()].every(reason => reason.startsWith('TRANSIENT_'))
  throw new PubSubError(
    transient ? CODE.UNAVAILABLE : CODE.INVALID_ARGUMENT,
    transient
      ? 'Some acknowledgement ids could not be processed for now.'
      : 'Some acknowledgement ids in the request were invalid: they have expired, were acknowledged, or never were.',
    failures,
  )
}

function checkDeadLetterTopic(world: World, {deadLetter}: Settings): void {
  if (deadLetter && !world.topics.has(deadLetter.topic)) throw notFound(deadLetter.topic)
}

function shown(world: World, {settings, topic, detached}: Subscription): WireSubscription {
  const topicMessageRetentionDuration = world.topics.get(topic)?.wire.messageRetentionDuration ?? null
  return {...settings.wire, topic, detached, topicMessageRetentionDuration}
}
