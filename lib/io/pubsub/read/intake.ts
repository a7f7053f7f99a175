import type {StageInfo} from '../../../core/index.ts'
import {HeldMessage, type Quota} from '../leases/held-message.ts'
import type {LeaseManager} from '../leases/lease-manager.ts'
import {attributeOf} from '../messages/attribute-of.ts'
import {parseTimestamp, publishTimeOf} from '../messages/timestamps.ts'
import type {ReceivedMessage} from '../service/pubsub-port.ts'
import type {SourceWatermark} from '../watermark/source-watermark.ts'
import type {PubSubReadConfig} from './options.ts'

/** Takes in received messages: recognises duplicates, and passes all others to the lease manager and the watermark. */
export class Intake {
  readonly #config: Pick<PubSubReadConfig, 'idAttribute' | 'timestampAttribute'>
  readonly #info: StageInfo
  readonly #leases: LeaseManager
  readonly #watermark: SourceWatermark

  constructor(config: PubSubReadConfig, info: StageInfo, leases: LeaseManager, watermark: SourceWatermark) {
    this.#config = config
    this.#info = info
    this.#leases = leases
    this.#watermark = watermark
  }

  /** @returns the messages that are not duplicates */
  hold(messages: readonly ReceivedMessage[], quota: Quota): HeldMessage[] {
    const {idAttribute, timestampAttribute} = this.#config
    const now = this.#info.clock.now()
    const expiresAt = this.#leases.expiry(now)
    const held: HeldMessage[] = []
    let oldest = Number.POSITIVE_INFINITY
    let lag = 0
    let delay = 0
    this.#info.metrics.extra['received']! += messages.length
    for (const received of messages) {
      const {message, ackId} = received
      const key = (idAttribute !== undefined && attributeOf(message.attributes, idAttribute)) || message.messageId
      if (this.#leases.isDuplicate(key, ackId)) continue
      const published = publishTimeOf(message)
      const timestamp =
        timestampAttribute === undefined
          ? published
          : parseTimestamp(attributeOf(message.attributes, timestampAttribute))
      const bytes = sizeOf(message)
      quota.held++
      quota.heldBytes += bytes
      const holdsAt = Number.isNaN(timestamp) ? published : timestamp
      const facts = {quota, key, bytes, timestamp, holdsAt, receivedAt: now, expiresAt}
      const one = new HeldMessage(this.#leases, received, facts)
      if (holdsAt < oldest) oldest = holdsAt
      if (published - holdsAt > lag) lag = published - holdsAt
      if (now - published > delay) delay = now - published
      this.#watermark.arrived(key, holdsAt)
      this.#leases.hold(one)
      held.push(one)
    }
    if (held.length > 0) this.#watermark.sample(oldest, lag, delay, now)
    return held
  }
}

/** The bytes of a message that flow control counts. */
function sizeOf({data, attributes, orderingKey}: ReceivedMessage['message']): number {
  let bytes = data.length + orderingKey.length
  for (const name in attributes) bytes += name.length + attributes[name]!.length
  return bytes
}
