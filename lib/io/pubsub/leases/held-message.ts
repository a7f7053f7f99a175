import type {Lease} from '../../../core/index.ts'
import type {ReceivedMessage} from '../service/pubsub-port.ts'

/** Receives the outcome of a held message. */
export interface Holder {
  readonly subscription: string
  /** Everything derived from the message is committed. */
  done(message: HeldMessage): void
  /** Processing failed. */
  failed(message: HeldMessage, reason: unknown): void
  /** The message should be redelivered at once. */
  returned(message: HeldMessage): void
}

/** What a message counts against: the stream it arrived on. */
export interface Quota {
  held: number
  heldBytes: number
}

/** A message between reception and acknowledgement; it is its own lease. */
export class HeldMessage implements Lease {
  readonly received: ReceivedMessage
  readonly #holder: Holder
  readonly quota: Quota
  /** Identifies duplicates: the message id, or an attribute's value. */
  readonly key: string
  readonly bytes: number
  /** Event time, ms; NaN if the timestamp attribute is missing or invalid, which makes the message a reject. */
  readonly timestamp: number
  /** Where it holds the watermark, ms: its event time, or for a reject its publish time. */
  readonly holdsAt: number
  /** Time of reception on the source's clock, ms. */
  readonly receivedAt: number
  /** When the lease expires unless it is extended. */
  expiresAt: number
  /** Ack ids of other deliveries of the same message, which are settled with it. */
  copies: string[] | undefined
  state: 'held' | 'pausing' | 'settled' = 'held'
  #count = 1

  constructor(
    holder: Holder,
    received: ReceivedMessage,
    facts: {
      quota: Quota
      key: string
      bytes: number
      timestamp: number
      holdsAt: number
      receivedAt: number
      expiresAt: number
    },
  ) {
    this.#holder = holder
    this.received = received
    this.quota = facts.quota
    this.key = facts.key
    this.bytes = facts.bytes
    this.timestamp = facts.timestamp
    this.holdsAt = facts.holdsAt
    this.receivedAt = facts.receivedAt
    this.expiresAt = facts.expiresAt
  }

  get ackIds(): string[] {
    return this.copies ? [this.received.ackId, ...this.copies] : [this.received.ackId]
  }

  retain(n = 1): void {
    this.#count += n
  }

  release(): void {
    if (--this.#count === 0 && this.state === 'held') this.#holder.done(this)
  }

  nack(reason?: unknown): void {
    if (this.state === 'held') this.#holder.failed(this, reason)
  }

  /** Like `nack()`, but without a backoff before the redelivery. */
  giveBack(): void {
    this.#holder.returned(this)
  }

  describe(): string {
    const {message, deliveryAttempt} = this.received
    const attempt = deliveryAttempt > 0 ? `, delivery attempt ${deliveryAttempt}` : ''
    return `message ${message.messageId} of ${this.#holder.subscription}${attempt}`
  }
}
