import type {Seconds, WireMessage, WireReceived} from './wire.ts'

/** A response of a `StreamingPull`. */
export interface WirePulled {
  receivedMessages: readonly WireReceived[]
  subscriptionProperties: {exactlyOnceDeliveryEnabled: boolean; messageOrderingEnabled: boolean}
}

/**
 * The bytes of a response, in protobuf's encoding. Messages leave the local Pub/Sub mostly this way; the general way,
 * which makes a copy of each message as an object first, costs several times as much.
 */
export function encodePulled({receivedMessages, subscriptionProperties}: WirePulled): Buffer {
  const sizes = receivedMessages.map(({message}) => messageSize(message))
  const {exactlyOnceDeliveryEnabled: once, messageOrderingEnabled: ordered} = subscriptionProperties
  let total = 2 + (once ? 2 : 0) + (ordered ? 2 : 0)
  receivedMessages.forEach((received, i) => {
    total += lengthDelimited(receivedSize(received, sizes[i]!))
  })
  const out = new Out(total)
  receivedMessages.forEach((received, i) => {
    out.header(1, receivedSize(received, sizes[i]!))
    out.text(1, received.ackId)
    out.header(2, sizes[i]!)
    writeMessage(out, received.message)
    if (received.deliveryAttempt > 0) out.number(3, received.deliveryAttempt)
  })
  out.header(4, (once ? 2 : 0) + (ordered ? 2 : 0))
  if (once) out.number(1, 1)
  if (ordered) out.number(2, 1)
  return out.bytes
}

function receivedSize({ackId, deliveryAttempt}: WireReceived, message: number): number {
  return (
    lengthDelimited(Buffer.byteLength(ackId)) +
    lengthDelimited(message) +
    (deliveryAttempt > 0 ? 1 + varintSize(deliveryAttempt) : 0)
  )
}

function messageSize({data, attributes, messageId, publishTime, orderingKey}: WireMessage): number {
  let size = textSize(messageId) + textSize(orderingKey)
  if (data.length > 0) size += lengthDelimited(data.length)
  for (const key in attributes) size += lengthDelimited(pairSize(key, attributes[key]!))
  if (publishTime) size += lengthDelimited(timeSize(publishTime))
  return size
}

function writeMessage(out: Out, {data, attributes, messageId, publishTime, orderingKey}: WireMessage): void {
  if (data.length > 0) out.data(1, data)
  for (const key in attributes) {
    out.header(2, pairSize(key, attributes[key]!))
    out.text(1, key)
    out.text(2, attributes[key]!)
  }
  if (messageId !== '') out.text(3, messageId)
  if (publishTime) {
    out.header(4, timeSize(publishTime))
    if (publishTime.seconds !== 0) out.number(1, publishTime.seconds)
    if (publishTime.nanos !== 0) out.number(2, publishTime.nanos)
  }
  if (orderingKey !== '') out.text(5, orderingKey)
}

/** A key and its value are written even if they are empty. */
function pairSize(key: string, value: string): number {
  return lengthDelimited(Buffer.byteLength(key)) + lengthDelimited(Buffer.byteLength(value))
}

function textSize(text: string): number {
  return text === '' ? 0 : lengthDelimited(Buffer.byteLength(text))
}

function timeSize({seconds, nanos}: Seconds): number {
  return (seconds === 0 ? 0 : 1 + varintSize(seconds)) + (nanos === 0 ? 0 : 1 + varintSize(nanos))
}

/** Bytes of a field with a length: all field numbers here take one. */
function lengthDelimited(length: number): number {
  return 1 + varintSize(length) + length
}

function varintSize(value: number): number {
  if (value < 0) return 10
  let size = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++
  return size
}

class Out {
  readonly bytes: Buffer
  #at = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size)
  }

  /** Begins a field with a length. */
  header(field: number, length: number): void {
    this.bytes[this.#at++] = (field << 3) | 2
    this.#varint(length)
  }

  number(field: number, value: number): void {
    this.bytes[this.#at++] = field << 3
    this.#varint(value)
  }

  data(field: number, data: Buffer): void {
    this.header(field, data.length)
    this.bytes.set(data, this.#at)
    this.#at += data.length
  }

  text(field: number, text: string): void {
    this.header(field, Buffer.byteLength(text))
    this.#at += this.bytes.write(text, this.#at)
  }

  #varint(value: number): void {
    if (value < 0) return this.#negative(value)
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.bytes[this.#at++] = (rest % 128) | 128
    this.bytes[this.#at++] = rest
  }

  /** Ten bytes of two's complement: a time before 1970. */
  #negative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest >= 128n; rest >>= 7n) this.bytes[this.#at++] = Number(rest & 127n) | 128
    this.bytes[this.#at++] = Number(rest)
  }
}
