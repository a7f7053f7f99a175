import type {Quota} from '../leases/held-message.ts'
import type {PullStream} from '../service/pubsub-port.ts'

/** Pause between keep-alives, ms: the service ends silent streams. Google's client sends an empty request every 30 s too. */
export const KEEP_ALIVE = 30_000
/** A stream is connected while answers to keep-alives, or messages, come at least this often, ms. */
const CONNECTED = 2 * KEEP_ALIVE + 5000
/** Largest message of the service, bytes. */
const LARGEST_MESSAGE = 10_000_000

/** A stream that is open, or a closed one whose messages are still held. */
export interface Stream extends Quota {
  readonly pull: PullStream | undefined
  /** Limit of messages. */
  readonly messages: number
  /** Limit of bytes. */
  readonly bytes: number
  readonly openedAt: number
  /** When something last arrived, or would have arrived during a pause. */
  heardAt: number
  /** The service has answered on it. */
  answered: boolean
}

/** True if a limit of the stream may keep the service from delivering the next message. */
export function isFull({held, heldBytes, messages, bytes}: Stream): boolean {
  return held >= messages || (held > 0 && heldBytes + Math.min(LARGEST_MESSAGE, bytes / 2) > bytes)
}

/** Since when all streams have been connected and below their limits; +Infinity if one is not. */
export function freeSince(streams: Iterable<Stream>, limitedAt: number, now: number): number {
  let since = limitedAt
  for (const stream of streams) {
    if (!stream.answered || now - stream.heardAt > CONNECTED || isFull(stream)) return Number.POSITIVE_INFINITY
    if (stream.openedAt > since) since = stream.openedAt
  }
  return since
}
