import type {FaultAction} from '../../service/fault-rules.ts'
import type {LocalClock} from '../../service/service.ts'
import type {Entry} from '../messages/entry.ts'
import {type Message, MessageMaker} from '../messages/message.ts'
import type {Schema} from '../schemas/schema.ts'
import type {Host, MessageEvent} from '../subscriptions/host.ts'
import type {Subscription} from '../subscriptions/subscription.ts'
import {CODE, notFound, PubSubError, shortName} from '../wire/grpc-code.ts'
import {projectOf} from '../wire/names.ts'
import type {WireMessage} from '../wire/wire.ts'
import type {Policy} from './policy.ts'
import type {Topic} from './topic.ts'

/** A snapshot: the messages to which a subscription can be taken back. */
export interface Snapshot {
  readonly name: string
  readonly topic: string
  /** Milliseconds since the epoch. */
  readonly expireTime: number
  labels: Record<string, string>
  /** What was unacknowledged, and all that was published since. */
  readonly messages: Message[]
}

type Taker = (event: MessageEvent, path: string) => readonly FaultAction[]

/** The longest sleep of a timer: the clock may be moved meanwhile. */
const LONGEST_SLEEP = 60_000

/** All topics, subscriptions and snapshots, and the time. */
export class World implements Host {
  readonly topics = new Map<string, Topic>()
  readonly subscriptions = new Map<string, Subscription>()
  readonly snapshots = new Map<string, Snapshot>()
  readonly schemas = new Map<string, Schema>()
  /** The IAM policies that were set, by the topic, subscription, snapshot or schema that they are for. */
  readonly policies = new WeakMap<object, Policy>()
  readonly #clock: LocalClock
  readonly #maker = new MessageMaker()
  readonly #takeFaults: Taker
  #timer: NodeJS.Timeout | undefined
  #timerTime = Number.POSITIVE_INFINITY
  #lastUid = Date.now()
  #closed = false

  constructor(clock: LocalClock, takeFaults: Taker) {
    this.#clock = clock
    this.#takeFaults = takeFaults
  }

  now(): number {
    return this.#clock.now()
  }

  messageFaults(event: MessageEvent, subscription: string): readonly FaultAction[] {
    return this.#takeFaults(event, `/${subscription}`)
  }

  topic(name: string): Topic {
    const topic = this.topics.get(name)
    if (!topic) throw notFound(name)
    return topic
  }

  subscription(name: string): Subscription {
    const subscription = this.subscriptions.get(name)
    if (!subscription) throw notFound(name)
    return subscription
  }

  /** A subscription that messages can be taken from. */
  attached(name: string): Subscription {
    const subscription = this.subscription(name)
    if (!subscription.detached) return subscription
    throw new PubSubError(CODE.FAILED_PRECONDITION, `Subscription ${name} is detached from its topic.`)
  }

  schema(name: string): Schema {
    const schema = this.schemas.get(name)
    if (!schema) throw notFound(name)
    return schema
  }

  snapshot(name: string): Snapshot {
    const snapshot = this.snapshots.get(name)
    if (!snapshot) throw notFound(name)
    return snapshot
  }

  /**
   * A number that no other subscription has, also not a deleted one of the same name, or one of an earlier start: an ack id of
   * theirs must not acknowledge another message.
   */
  nextUid(): number {
    return ++this.#lastUid
  }

  publish(topic: Topic, messages: readonly WireMessage[]): string[] {
    const now = this.now()
    const subscriptions = [...this.subscriptions.values()].filter(one => one.topic === topic.name)
    const snapshots = [...this.snapshots.values()].filter(one => one.topic === topic.name)
    return messages.map(given => {
      const message = this.#maker.make(given, now)
      topic.keep(message)
      for (const subscription of subscriptions) subscription.receive(message)
      for (const snapshot of snapshots) snapshot.messages.push(message)
      return message.wire.messageId
    })
  }

  deadLetter(subscription: string, topicName: string, {message, failures}: Entry): boolean {
    const topic = this.topics.get(topicName)
    if (!topic) return false
    const attributes = {
      ...message.wire.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(failures),
      CloudPubSubDeadLetterSourceSubscription: shortName(subscription),
      CloudPubSubDeadLetterSourceSubscriptionProject: shortName(projectOf(subscription)),
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishTime).toISOString(),
    }
    this.publish(topic, [{...message.wire, attributes}])
    return true
  }

  /** Ends all streams of a subscription and forgets it. */
  remove(subscription: Subscription): void {
    this.subscriptions.delete(subscription.name)
    subscription.consumers.end(CODE.NOT_FOUND, notFound(subscription.name).message)
  }

  /** Does all that is due by the clock. */
  tick(): void {
    const now = this.now()
    for (const [name, {expireTime}] of this.snapshots) if (expireTime <= now) this.snapshots.delete(name)
    for (const subscription of this.subscriptions.values()) {
      subscription.tick(now)
      const {ttl} = subscription.settings
      const idle = subscription.consumers.size === 0
      if (ttl !== undefined && idle && subscription.lastUsed + ttl <= now) this.remove(subscription)
    }
    this.#arm()
  }

  wakeAt(time: number): void {
    if (time < this.#timerTime) this.#arm()
  }

  clear(): void {
    for (const subscription of this.subscriptions.values()) this.remove(subscription)
    this.topics.clear()
    this.snapshots.clear()
    this.schemas.clear()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const {consumers} of this.subscriptions.values())
      consumers.end(CODE.UNAVAILABLE, 'The local cloud has been closed.')
  }

  #arm(): void {
    if (this.#closed) return
    let due = Number.POSITIVE_INFINITY
    for (const subscription of this.subscriptions.values()) due = Math.min(due, subscription.due)
    if (due === this.#timerTime) return
    clearTimeout(this.#timer)
    this.#timerTime = due
    if (due === Number.POSITIVE_INFINITY) return
    const sleep = Math.min(Math.max(due - this.now(), 1), LONGEST_SLEEP)
    this.#timer = setTimeout(() => {
      this.#timerTime = Number.POSITIVE_INFINITY
      this.tick()
    }, sleep).unref()
  }
}
