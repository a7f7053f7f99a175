import type {Quota} from '../leases/held-message.ts'
import type {PullStream} from '../service/pubsub-port.ts'

/** Interval of keep-alives, ms: the service ends silent streams. Google's client also sends an empty request every 30 s. */
export const KEEP_ALIVE = 30_000
/** A stream counts as connected while messages or answers to keep-alives arrive at least this often, ms. */
const CONNECTED = 2 * KEEP_ALIVE + 5000
/** The largest message the service allows, bytes. */
const LARGEST_MESSAGE = 10_000_000

/** An open stream, or a closed one whose messages are still held. */
export interface Stream extends Quota {
  readonly pull: PullStream | undefined
  /** Maximum number of outstanding messages. */
  readonly messages: number
  /** Maximum outstanding bytes. */
  readonly bytes: number
  readonly openedAt: number
  /** When something last arrived; kept current while reading is paused. */
  heardAt: number
  /** Whether the service has responded on it. */
  answered: boolean
}

/** Whether a limit of the stream may keep the service from delivering the next message. */
export function isFull({held, heldBytes, messages, bytes}: Stream): boolean {
  return held >= messages || (held > 0 && heldBytes + Math.min(LARGEST_MESSAGE, bytes / 2) > bytes)
}

/** Since when all streams have been connected and below their limits; +Infinity if any is not. */
export function freeSince(streams: Iterable<Stream>, limitedAt: number, now: number): number {
  let since = limitedAt
  for (const stream of streams) {
    if (!stream.answered || now - stream.heardAt > CONNECTED || isFull(stream)) return Number.POSITIVE_INFINITY
    if (stream.openedAt > since) since = stream.openedAt
  }
  return since
}
