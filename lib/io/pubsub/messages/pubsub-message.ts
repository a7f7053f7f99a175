const MESSAGE: unique symbol = Symbol.for('sluice.pubsub-message/1') as never

/** The parts of a {@link PubSubMessage}. */
export interface PubSubMessageParts<T = Buffer> {
  data: T
  attributes?: Readonly<Record<string, string>> | undefined
  id?: string | undefined
  publishTime?: Date | undefined
  orderingKey?: string | undefined
  deliveryAttempt?: number | undefined
}

/**
 * A Pub/Sub message: `readFromPubSub({withAttributes: true})` emits it, and `writeToPubSub` publishes it with its attributes and
 * ordering key.
 *
 * @example
 * new PubSubMessage({data: Buffer.from('hello'), attributes: {kind: 'greeting'}})
 */
export class PubSubMessage<T = Buffer> {
  /** The data: a Buffer, or what `decode` made of it. */
  readonly data: T
  readonly attributes: Readonly<Record<string, string>>
  /** The message id assigned by the service; '' for a message that has not been published. */
  readonly id: string
  /** When the service accepted it. */
  readonly publishTime: Date | undefined
  /** '' if there is none. */
  readonly orderingKey: string
  /** Number of deliveries, including this one; undefined if the subscription has no dead-letter policy. */
  readonly deliveryAttempt: number | undefined

  constructor({data, attributes = {}, id = '', publishTime, orderingKey = '', deliveryAttempt}: PubSubMessageParts<T>) {
    this.data = data
    this.attributes = attributes
    this.id = id
    this.publishTime = publishTime
    this.orderingKey = orderingKey
    this.deliveryAttempt = deliveryAttempt
  }
}
Object.defineProperty(PubSubMessage.prototype, MESSAGE, {value: true})

/** True for a message of any copy of the package. */
export function isPubSubMessage(value: unknown): value is PubSubMessage<unknown> {
  return typeof value === 'object' && value !== null && MESSAGE in value
}
