import {applyMask} from '../subscriptions/subscription-settings.ts'
import type {Snapshot} from '../topics/world.ts'
import {alreadyExists, CODE, invalid, PubSubError} from '../wire/grpc-code.ts'
import {checkName, checkProject, DELETED_TOPIC, projectOf} from '../wire/names.ts'
import {fromMs, type Seconds, toMs} from '../wire/wire.ts'
import {type Handler, page} from './call-context.ts'

const HOUR = 3_600_000
const LIFE = 7 * 24 * HOUR

type Labels = Record<string, string>

export const createSnapshot: Handler<{name: string; subscription: string; labels: Labels}> = (request, context) => {
  const {world, authorize} = context
  authorize('pubsub.snapshots.create', projectOf(request.name))
  authorize('pubsub.subscriptions.consume', request.subscription)
  checkName('snapshots', request.name)
  const subscription = world.attached(request.subscription)
  if (world.snapshots.has(request.name)) throw alreadyExists(request.name)
  if (subscription.topic === DELETED_TOPIC)
    throw new PubSubError(CODE.FAILED_PRECONDITION, `The topic of ${subscription.name} was deleted.`)
  const messages = subscription.messages()
  const now = world.now()
  const expireTime = (messages[0]?.publishTime ?? now) + LIFE
  if (expireTime < now + HOUR)
    throw new PubSubError(
      CODE.FAILED_PRECONDITION,
      'The snapshot would expire in less than an hour: the oldest unacknowledged message is too old.',
    )
  const snapshot = {name: request.name, topic: subscription.topic, expireTime, labels: request.labels, messages}
  world.snapshots.set(snapshot.name, snapshot)
  return shown(snapshot)
}

export const getSnapshot: Handler<{snapshot: string}> = (request, {world, authorize}) => {
  authorize('pubsub.snapshots.get', request.snapshot)
  return shown(world.snapshot(request.snapshot))
}

export const updateSnapshot: Handler<{
  snapshot: {name: string; labels: Labels}
  updateMask: {paths: string[]} | null
}> = (request, {world, authorize}) => {
  authorize('pubsub.snapshots.update', request.snapshot?.name)
  const snapshot = world.snapshot(request.snapshot?.name)
  const changed = applyMask({...snapshot}, {...snapshot, ...request.snapshot}, request.updateMask?.paths ?? [], [
    'labels',
  ])
  snapshot.labels = changed.labels
  return shown(snapshot)
}

export const deleteSnapshot: Handler<{snapshot: string}> = (request, {world, authorize}) => {
  authorize('pubsub.snapshots.delete', request.snapshot)
  world.snapshots.delete(world.snapshot(request.snapshot).name)
  return {}
}

export const listSnapshots: Handler<{project: string; pageSize: number; pageToken: string}> = (
  request,
  {world, authorize},
) => {
  authorize('pubsub.snapshots.list', request.project)
  checkProject(request.project)
  const all = [...world.snapshots.values()].filter(one => projectOf(one.name) === request.project)
  const {items, nextPageToken} = page(all, request)
  return {snapshots: items.map(shown), nextPageToken}
}

export const seek: Handler<{subscription: string; target?: string; time: Seconds | null; snapshot: string}> = (
  request,
  {world, authorize},
) => {
  authorize('pubsub.subscriptions.consume', request.subscription)
  const subscription = world.attached(request.subscription)
  if (request.snapshot) {
    authorize('pubsub.snapshots.seek', request.snapshot)
    const snapshot = world.snapshot(request.snapshot)
    if (snapshot.topic !== subscription.topic)
      throw new PubSubError(CODE.FAILED_PRECONDITION, `${snapshot.name} is not of the topic of ${subscription.name}.`)
    subscription.replace(snapshot.messages)
    return {}
  }
  const time = toMs(request.time)
  if (time === undefined) throw invalid('Either time or snapshot must be given.')
  const kept = new Map(subscription.messages(true).map(message => [message.seq, message]))
  for (const message of world.topics.get(subscription.topic)?.retained(world.now()) ?? [])
    kept.set(message.seq, message)
  const after = [...kept.values()].filter(({publishTime}) => publishTime >= time)
  subscription.replace(after.sort((a, b) => a.seq - b.seq))
  return {}
}

function shown({name, topic, expireTime, labels}: Snapshot) {
  return {name, topic, expireTime: fromMs(expireTime), labels}
}
