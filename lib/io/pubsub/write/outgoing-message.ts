import type {RowError} from '../../../batching/index.ts'
import {messageOf, show} from '../../../errors/index.ts'
import {isOpaque, jsonLine, NotJson} from '../../../formats/index.ts'
import {isWellFormed} from '../../../util/index.ts'
import {isPubSubMessage} from '../messages/pubsub-message.ts'
import type {OutgoingMessage} from '../service/pubsub-port.ts'

/** Functions of the row that determine its message. */
interface MessageFunctions<Row> {
  readonly orderingKey?: ((row: Row) => string) | undefined
  readonly attributes?: ((row: Row) => Readonly<Record<string, string>>) | undefined
  readonly encode?: ((row: Row) => Uint8Array | string) | undefined
}

const NO_ATTRIBUTES: Record<string, string> = {}
const NO_DATA = Buffer.alloc(0)

/** True if a result is the reason for a refusal. */
export function isRefusal(given: object): given is RowError {
  return 'reason' in given
}

/** Calls a user's function; an error it throws becomes the reason to refuse the row. */
export function ask<Row, T>(name: string, fn: (row: Row) => T, row: Row): {value: T} | RowError {
  try {
    return {value: fn(row)}
  } catch (error) {
    return {reason: 'threw', location: '', message: `${name}() threw: ${messageOf(error)}`}
  }
}

/** The ordering key of a row: what the function returns, or the key of a row that is a message; '' for none. */
export function orderingKeyOf<Row>(row: Row, {orderingKey}: MessageFunctions<Row>): string | RowError {
  if (!orderingKey) return isPubSubMessage(row) ? row.orderingKey : ''
  const key = ask('orderingKey', orderingKey, row)
  if (isRefusal(key)) return key
  if (typeof key.value === 'string') return key.value
  return invalid(`orderingKey() returned ${show(key.value)}; return a string, '' for no key`)
}

/**
 * Makes the message of a row. `idAttribute` receives the id, unless the function `attributes` has set it. An id that came with a
 * received message is replaced: it would make two messages derived from that message duplicates of each other.
 */
export function composeMessage<Row>(
  row: Row,
  orderingKey: string,
  functions: MessageFunctions<Row>,
  stamp?: {idAttribute: string; id: string},
): OutgoingMessage | RowError {
  const data = dataOf(row, functions.encode)
  if (!(data instanceof Uint8Array)) return data
  let attributes = isPubSubMessage(row) ? row.attributes : NO_ATTRIBUTES
  let own: Readonly<Record<string, string>> = NO_ATTRIBUTES
  if (functions.attributes) {
    const asked = ask('attributes', functions.attributes, row)
    if (isRefusal(asked)) return asked
    own = asked.value
    if (!isRecord(own)) return invalid(`attributes() returned ${show(own)}; return an object of strings`)
    attributes = attributes === NO_ATTRIBUTES ? own : {...attributes, ...own}
  }
  if (stamp && own[stamp.idAttribute] === undefined) attributes = {...attributes, [stamp.idAttribute]: stamp.id}
  return {data, attributes, orderingKey}
}

function isRecord(given: unknown): boolean {
  return typeof given === 'object' && given !== null && !Array.isArray(given) && !isOpaque(given)
}

function dataOf<Row>(row: Row, encode: MessageFunctions<Row>['encode']): Uint8Array | RowError {
  if (encode) {
    const encoded = ask('encode', encode, row)
    if (isRefusal(encoded)) return encoded
    const {value} = encoded
    if (typeof value === 'string') return bytesOf(value)
    return value instanceof Uint8Array
      ? value
      : invalid(`encode() returned ${show(value)}; return a Buffer or a string`)
  }
  const content: unknown = isPubSubMessage(row) ? row.data : row
  if (content instanceof Uint8Array) return content
  if (typeof content === 'string') return bytesOf(content)
  // a message may consist of attributes alone
  if (content === undefined && isPubSubMessage(row)) return NO_DATA
  return jsonOf(content)
}

function bytesOf(text: string): Uint8Array | RowError {
  return isWellFormed(text)
    ? Buffer.from(text)
    : invalid(`${show(text)} has half a surrogate pair, which is not Unicode`)
}

function jsonOf(content: unknown): Uint8Array | RowError {
  try {
    return Buffer.from(jsonLine(content))
  } catch (error) {
    const location = error instanceof NotJson ? error.path : ''
    const message = `${messageOf(error)}; give \`encode\`, or convert it first`
    return {reason: 'invalid', location, message}
  }
}

function invalid(message: string): RowError {
  return {reason: 'invalid', location: '', message}
}
