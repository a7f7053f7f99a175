import type {Consumer} from './consumer.ts'
import type {Lane} from './lane.ts'
import type {Message} from './message.ts'

/** A message handed out and not settled. */
export interface Lease {
  readonly consumer: Consumer
  /** Number of the delivery, unique in the subscription; a fault that duplicates it adds the next ones, up to `last`. */
  readonly first: number
  last: number
  /** Milliseconds since the epoch, of the local cloud's clock. */
  deadline: number
  /** A fault set the deadline: it cannot be extended. */
  fixed: boolean
}

/** One message in one subscription. */
export interface Entry {
  readonly message: Message
  /** The queue of its ordering key, if the subscription keeps the order. */
  readonly lane: Lane<Entry> | undefined
  /** Times that it was nacked or expired. */
  failures: number
  lease: Lease | undefined
  /** An ack of a delivery up to this one does not count: the message has to come again, since an earlier one of its key does. */
  voided: number
  acked: boolean
  /** Taken away; a queue may still hold it. */
  gone: boolean
}

/** Makes an entry that waits for its first delivery. */
export function newEntry(message: Message, lane: Lane<Entry> | undefined): Entry {
  return {message, lane, failures: 0, lease: undefined, voided: 0, acked: false, gone: false}
}
