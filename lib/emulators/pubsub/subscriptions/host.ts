import type {FaultAction} from '../../service/fault-rules.ts'
import type {Entry} from '../messages/entry.ts'

/** Events of single messages that faults can hit, beside the calls. */
export type MessageEvent = 'pubsub.deliver' | 'pubsub.ack'

/** What a subscription asks of its surroundings. */
export interface Host {
  /** Milliseconds since the epoch, of the local cloud's clock. */
  now(): number
  /** The faults that hit one message. */
  messageFaults(event: MessageEvent, subscription: string): readonly FaultAction[]
  /** Publishes a message that failed too often; false if that cannot be. */
  deadLetter(subscription: string, topic: string, entry: Entry): boolean
  /** Asks for a `tick` at that time. */
  wakeAt(time: number): void
}
