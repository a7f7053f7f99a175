import type {WireReceived} from '../wire/wire.ts'

/** A receiver of messages: a stream, or one pull request. */
export interface Consumer {
  /** It receives nothing more; a pull request is closed by its single batch. */
  closed: boolean
  /** Messages and bytes handed out and not settled. */
  outstanding: number
  outstandingBytes: number
  /** Whether a message of so many bytes may be handed out now. */
  hasRoom(bytes: number): boolean
  /** Ack deadline of what is handed out, in milliseconds; undefined: that of the subscription. */
  readonly ackDeadline: number | undefined
  /** Hands a message out; it leaves with `flush()`. */
  put(received: WireReceived): void
  flush(): void
  /** Ends a stream with this status after the next flush; a pull takes no notice. */
  endWith(code: number, message: string): void
}
