import type {Lease} from '../../../core/index.ts'
import type {ReceivedMessage} from '../service/pubsub-port.ts'

/** What a held message tells when nothing of it is left to do. */
export interface Holder {
  readonly subscription: string
  /** Everything that derives from the message is committed. */
  done(message: HeldMessage): void
  /** It could not be handled. */
  failed(message: HeldMessage, reason: unknown): void
  /** It is to be delivered again at once. */
  returned(message: HeldMessage): void
}

/** Whom a message counts against: the stream that it came over. */
export interface Quota {
  held: number
  heldBytes: number
}

/** A message between its reception and its acknowledgement; it is its own lease. */
export class HeldMessage implements Lease {
  readonly received: ReceivedMessage
  readonly #holder: Holder
  readonly quota: Quota
  /** By which duplicates are told: the message id, or an attribute's value. */
  readonly key: string
  readonly bytes: number
  /** Event time, ms; NaN when the attribute that should tell it does not: such a message is a reject. */
  readonly timestamp: number
  /** Where it holds the watermark, ms: its event time, and that of publishing for a reject. */
  readonly holdsAt: number
  /** Milliseconds on the source's clock. */
  readonly receivedAt: number
  /** When the service would take it back unless its lease is extended. */
  expiresAt: number
  /** Ack ids of further deliveries of the same message, which share its fate. */
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

  /** As `nack()`, without a pause before the next delivery. */
  giveBack(): void {
    this.#holder.returned(this)
  }

  describe(): string {
    const {message, deliveryAttempt} = this.received
    const attempt = deliveryAttempt > 0 ? `, delivery attempt ${deliveryAttempt}` : ''
    return `message ${message.messageId} of ${this.#holder.subscription}${attempt}`
  }
}
