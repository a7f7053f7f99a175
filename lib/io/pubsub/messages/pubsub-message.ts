const MESSAGE: unique symbol = Symbol.for('sluice.pubsub-message/1') as never

/** What a {@link PubSubMessage} is made of. */
export interface PubSubMessageParts<T = Buffer> {
  data: T
  attributes?: Readonly<Record<string, string>> | undefined
  id?: string | undefined
  publishTime?: Date | undefined
  orderingKey?: string | undefined
  deliveryAttempt?: number | undefined
}

/**
 * A message of Pub/Sub: what `readFromPubSub({withAttributes: true})` emits, and what `writeToPubSub` publishes with its
 * attributes and ordering key.
 *
 * @example
 * new PubSubMessage({data: Buffer.from('hello'), attributes: {kind: 'greeting'}})
 */
export class PubSubMessage<T = Buffer> {
  /** The data: a Buffer, or what `decode` made of it. */
  readonly data: T
  readonly attributes: Readonly<Record<string, string>>
  /** The service's id of the message; '' for one that has not been published. */
  readonly id: string
  /** When the service took it. */
  readonly publishTime: Date | undefined
  /** '' without one. */
  readonly orderingKey: string
  /** How often it has been delivered, this time included; undefined when the subscription has no dead-letter policy. */
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
