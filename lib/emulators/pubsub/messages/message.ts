import {invalid} from '../wire/grpc-code.ts'
import {fromMs, type Seconds, type WireMessage} from '../wire/wire.ts'

/** A published message; shared by all subscriptions that hold it. */
export interface Message {
  /** Its place in the order of publishing, over all topics. */
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly publishTime: number
  /** Size that flow control counts. */
  readonly bytes: number
  /** As it goes out, with id and publish time. */
  readonly wire: WireMessage
}

/** Limits of one publish request and of its messages; the bytes are those of the request as serialized. */
const MAX_MESSAGES = 1000
const MAX_BYTES = 10_000_000
const MAX_ATTRIBUTES = 100
const MAX_KEY = 256
const MAX_VALUE = 1024
const MAX_ORDERING_KEY = 1024

/** Refuses what the service refuses to publish. */
export function checkPublish(messages: readonly WireMessage[], bytes: number): void {
  if (messages.length === 0) throw invalid('The publish request has no messages.')
  if (messages.length > MAX_MESSAGES)
    throw invalid(
      `The value for message_count is too large. You passed ${messages.length} in the request, but the maximum value is ${MAX_MESSAGES}.`,
    )
  if (bytes > MAX_BYTES)
    throw invalid(
      `The value for request_size is too large. You passed ${bytes} in the request, but the maximum value is ${MAX_BYTES}.`,
    )
  messages.forEach(checkMessage)
}

function checkMessage({data, attributes, orderingKey}: WireMessage, index: number): void {
  const keys = Object.keys(attributes)
  const where = `(message ${index + 1} of the request)`
  if (data.length === 0 && keys.length === 0)
    throw invalid(`A message must have data or at least one attribute ${where}.`)
  if (keys.length > MAX_ATTRIBUTES)
    throw invalid(`A message has ${keys.length} attributes; at most ${MAX_ATTRIBUTES} are allowed ${where}.`)
  for (const key of keys) {
    if (key === '' || Buffer.byteLength(key) > MAX_KEY)
      throw invalid(`An attribute key must have 1 to ${MAX_KEY} bytes ${where}.`)
    if (key.startsWith('goog')) throw invalid(`The attribute key ${key} starts with the reserved 'goog' ${where}.`)
    if (Buffer.byteLength(attributes[key]!) > MAX_VALUE)
      throw invalid(`The value of attribute ${key} has more than ${MAX_VALUE} bytes ${where}.`)
  }
  if (Buffer.byteLength(orderingKey) > MAX_ORDERING_KEY)
    throw invalid(`The ordering key has more than ${MAX_ORDERING_KEY} bytes ${where}.`)
}

/** Makes messages, numbering them in the order of publishing. */
export class MessageMaker {
  /** No other start of the server has used these ids: clients may outlive a server, and drop a message whose id they know. */
  readonly #firstId = Date.now() * 1000
  #seq = 0
  #now = 0
  #seconds = fromMs(0)

  make(
    {data, attributes, orderingKey}: Pick<WireMessage, 'data' | 'attributes' | 'orderingKey'>,
    now: number,
  ): Message {
    const seq = ++this.#seq
    let bytes = data.length + orderingKey.length
    for (const key in attributes) bytes += key.length + attributes[key]!.length
    const wire = {data, attributes, messageId: String(this.#firstId + seq), publishTime: this.#time(now), orderingKey}
    return {seq, publishTime: now, bytes, wire}
  }

  /** One for all messages of a millisecond. */
  #time(now: number): Seconds {
    if (now === this.#now) return this.#seconds
    this.#now = now
    return (this.#seconds = fromMs(now))
  }
}
