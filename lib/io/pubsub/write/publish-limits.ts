import type {RowError} from '../../../batching/index.ts'
import {show} from '../../../errors/index.ts'
import {isWellFormed} from '../../../util/index.ts'
import type {OutgoingMessage} from '../service/pubsub-port.ts'

/** Limits of a publish request: https://cloud.google.com/pubsub/quotas#resource_limits */
export const PUBLISH_LIMITS = {maxRows: 1000, maxBytes: 10_000_000}
const MAX_ATTRIBUTES = 100
const MAX_KEY = 256
const MAX_VALUE = 1024
const MAX_ORDERING_KEY = 1024

/** The bytes that a message adds to a request, and the bytes of its content alone. */
interface MessageSize {
  readonly bytes: number
  readonly content: number
}

/** Serialized size of a field with this many bytes of content. */
function field(length: number): number {
  let bytes = 2 + length
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) bytes++
  return bytes
}

/** The size of a message, or why the service would refuse it. */
export function measureMessage(message: OutgoingMessage, topic: string): MessageSize | RowError {
  const {data, attributes, orderingKey} = message
  const keyBytes = Buffer.byteLength(orderingKey)
  if (keyBytes > MAX_ORDERING_KEY)
    return invalid('orderingKey', `an ordering key has at most ${MAX_ORDERING_KEY} bytes, not ${keyBytes}`)
  if (isHalf(orderingKey, keyBytes)) return invalid('orderingKey', `${show(orderingKey)} is not well-formed text`)
  let content = data.length + keyBytes
  let bytes = field(data.length) + field(keyBytes)
  const names = Object.keys(attributes)
  if (names.length > MAX_ATTRIBUTES)
    return invalid('attributes', `a message has at most ${MAX_ATTRIBUTES} attributes, not ${names.length}`)
  for (const name of names) {
    const value: unknown = attributes[name]
    if (typeof value !== 'string')
      return invalid(name, `an attribute is a string, not ${show(value)}; convert it, or leave it out`)
    const nameBytes = Buffer.byteLength(name)
    const valueBytes = Buffer.byteLength(value)
    const problem = attributeProblem(name, nameBytes, value, valueBytes)
    if (problem) return invalid(name, problem)
    content += nameBytes + valueBytes
    bytes += field(field(nameBytes) + field(valueBytes))
  }
  if (data.length === 0 && names.length === 0) return invalid('', 'a message needs data or at least one attribute')
  bytes = field(bytes)
  if (bytes + field(Buffer.byteLength(topic)) > PUBLISH_LIMITS.maxBytes) {
    const most = `a publish request takes at most ${PUBLISH_LIMITS.maxBytes} bytes`
    return {reason: 'tooLarge', location: '', message: `the message has ${content} bytes; ${most}`}
  }
  return {bytes, content}
}

function attributeProblem(name: string, nameBytes: number, value: string, valueBytes: number): string | undefined {
  if (nameBytes === 0 || nameBytes > MAX_KEY)
    return `the key of an attribute has 1 to ${MAX_KEY} bytes, not ${nameBytes}`
  if (name.startsWith('goog')) return "keys of attributes that begin with 'goog' are reserved"
  if (valueBytes > MAX_VALUE) return `the value of an attribute has at most ${MAX_VALUE} bytes, not ${valueBytes}`
  return isHalf(name, nameBytes) || isHalf(value, valueBytes) ? 'the attribute is not well-formed text' : undefined
}

/** True if the text has half a surrogate pair, which has no UTF-8 form: the service could not read the request. */
function isHalf(text: string, bytes: number): boolean {
  return bytes !== text.length && !isWellFormed(text)
}

function invalid(location: string, message: string): RowError {
  return {reason: 'invalid', location, message}
}
