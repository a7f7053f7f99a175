import {parseRfc3339} from '../../../util/index.ts'
import type {ReceivedMessage} from '../service/pubsub-port.ts'

/** Dates that JavaScript can hold, ms. */
const LIMIT = 8.64e15

/** When the service took a message, integer milliseconds. */
export function publishTimeOf({publishTime}: ReceivedMessage['message']): number {
  return publishTime ? Number(publishTime.seconds) * 1000 + Math.floor(publishTime.nanos / 1e6) : Number.NaN
}

/**
 * The event time that an attribute tells: milliseconds since the epoch, or RFC 3339, as Beam reads it; digits beyond
 * milliseconds are cut. NaN when it is neither, or a time that does not exist (30 February, 24:00, a leap second).
 */
export function parseTimestamp(text: string | undefined): number {
  if (text === undefined) return Number.NaN
  if (/^-?\d{1,16}$/.test(text)) {
    const ms = Number(text)
    return Math.abs(ms) <= LIMIT ? ms : Number.NaN
  }
  return parseRfc3339(text)
}
