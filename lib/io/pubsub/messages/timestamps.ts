import {parseRfc3339} from '../../../util/index.ts'
import type {ReceivedMessage} from '../service/pubsub-port.ts'

/** The range of JavaScript dates, ms. */
const LIMIT = 8.64e15

/** When the service accepted a message, integer milliseconds. */
export function publishTimeOf({publishTime}: ReceivedMessage['message']): number {
  return publishTime ? Number(publishTime.seconds) * 1000 + Math.floor(publishTime.nanos / 1e6) : Number.NaN
}

/**
 * The event time in an attribute: milliseconds since the epoch or RFC 3339, as in Beam; digits beyond milliseconds are
 * truncated. NaN if it is neither, or a time that does not exist (30 February, 24:00, a leap second).
 */
export function parseTimestamp(text: string | undefined): number {
  if (text === undefined) return Number.NaN
  if (/^-?\d{1,16}$/.test(text)) {
    const ms = Number(text)
    return Math.abs(ms) <= LIMIT ? ms : Number.NaN
  }
  return parseRfc3339(text)
}
