import type {Consumer} from '../messages/consumer.ts'
import type {WireReceived, WireStreamingPull} from '../wire/wire.ts'
import type {Subscription} from './subscription.ts'

const MAX_BATCH = 500
const MAX_BATCH_BYTES = 1_000_000

/** What a streaming pull writes to. */
interface StreamSink {
  /** False: nothing more until `onDrain` was called. */
  write(response: object): boolean
  end(code: number, message: string): void
  /** Called with the number of messages that went out. */
  sent(messages: number): void
}

/** One `StreamingPull`: gets messages within the flow control that its first request asked for. */
export class StreamConsumer implements Consumer {
  closed = false
  outstanding = 0
  outstandingBytes = 0
  ackDeadline: number
  /** Messages after which a fault ends the stream. */
  endAfter: {messages: number; code: number; message: string} | undefined
  readonly #subscription: Subscription
  readonly #sink: StreamSink
  readonly #maxMessages: number
  readonly #maxBytes: number
  #batch: WireReceived[] = []
  #writable = true
  #handedOut = 0
  #ending: {code: number; message: string} | undefined

  constructor(subscription: Subscription, first: WireStreamingPull, sink: StreamSink) {
    this.#subscription = subscription
    this.#sink = sink
    this.ackDeadline = first.streamAckDeadlineSeconds * 1000
    // 0 and less: without limit.
    this.#maxMessages = first.maxOutstandingMessages > 0 ? first.maxOutstandingMessages : Number.POSITIVE_INFINITY
    this.#maxBytes = first.maxOutstandingBytes > 0 ? first.maxOutstandingBytes : Number.POSITIVE_INFINITY
  }

  hasRoom(bytes: number): boolean {
    if (this.closed || this.#ending || !this.#writable || this.outstanding >= this.#maxMessages) return false
    // A message larger than the limit passes alone.
    return this.outstanding === 0 || this.outstandingBytes + bytes <= this.#maxBytes
  }

  put(received: WireReceived): void {
    this.#batch.push(received)
    this.#handedOut++
    if (this.endAfter && this.#handedOut >= this.endAfter.messages)
      this.endWith(this.endAfter.code, this.endAfter.message)
  }

  flush(): void {
    if (this.closed) return
    const batch = this.#batch
    this.#batch = []
    for (let from = 0; from < batch.length; ) {
      let to = from
      for (let bytes = 0; to < batch.length && to < from + MAX_BATCH && bytes < MAX_BATCH_BYTES; to++)
        bytes += batch[to]!.message.data.length
      this.respond(batch.slice(from, to))
      from = to
    }
    this.#sink.sent(batch.length)
    if (!this.#ending) return
    this.#subscription.detach(this)
    this.#sink.end(this.#ending.code, this.#ending.message)
  }

  endWith(code: number, message: string): void {
    this.#ending ??= {code, message}
  }

  /** Sends one response, also an empty one, with the properties of the subscription. */
  respond(receivedMessages: readonly WireReceived[]): void {
    const {exactlyOnce, ordered} = this.#subscription.settings
    this.#writable = this.#sink.write({
      receivedMessages,
      subscriptionProperties: {exactlyOnceDeliveryEnabled: exactlyOnce, messageOrderingEnabled: ordered},
    })
  }

  /** What was written has gone out. */
  onDrain(): void {
    this.#writable = true
    this.#subscription.schedule()
  }
}
