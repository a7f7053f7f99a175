import type {PubSubError} from './pubsub-error.ts'

/** A message as delivered by the service. */
export interface ReceivedMessage {
  ackId: string
  message: {
    data: Buffer
    attributes: Record<string, string>
    messageId: string
    /** Seconds may be a string: they are an int64. */
    publishTime: {seconds: string | number; nanos: number} | null
    orderingKey: string
  }
  /** 0 without a dead-letter policy. */
  deliveryAttempt: number
}

/** One response on a streaming pull; an empty one answers a keep-alive. */
export interface PullResponse {
  receivedMessages: ReceivedMessage[]
  subscriptionProperties: {exactlyOnceDeliveryEnabled: boolean; messageOrderingEnabled: boolean} | null
}

/** The parameters of a streaming pull. */
export interface PullRequest {
  subscription: string
  streamAckDeadlineSeconds: number
  maxOutstandingMessages: number
  maxOutstandingBytes: number
}

/** The events of a streaming pull. */
export interface PullEvents {
  received(response: PullResponse): void
  /** The stream has ended or could not be opened; called once, never after `cancel()`. */
  ended(error: PubSubError): void
}

/** An open streaming pull. */
export interface PullStream {
  keepAlive(): void
  /** Sets the ack deadline of messages delivered from now on. */
  setAckDeadline(seconds: number): void
  /** Stops reading, so that the service's flow control holds back further messages. */
  pause(): void
  resume(): void
  cancel(): void
}

/** Why an exactly-once subscription refused an ack id, by ack id. */
export type AckFailures = ReadonlyMap<string, 'transient' | 'permanent'>

/** A message to publish. */
export interface OutgoingMessage {
  data: Uint8Array
  attributes: Record<string, string>
  orderingKey: string
}

/** Pub/Sub, as far as the connectors need it; every call rejects with a {@link PubSubError}. */
export interface PubSubPort {
  /** The project of the client, the environment or the credentials. */
  projectId(): Promise<string>
  pull(request: PullRequest, events: PullEvents): PullStream
  acknowledge(subscription: string, ackIds: string[]): Promise<AckFailures>
  /** 0 seconds gives the messages back. */
  modifyAckDeadline(subscription: string, ackIds: string[], seconds: number): Promise<AckFailures>
  /** Publishes in one request and returns the message ids. All messages must have the same ordering key, or none. */
  publish(topic: string, messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<string[]>
  /** Returns the permissions that the caller has on a topic or subscription; calling it requires none. */
  testPermissions(resource: string, permissions: readonly string[]): Promise<string[]>
  /** Creates a subscription that the service deletes after a day without use. */
  createTemporarySubscription(name: string, topic: string): Promise<void>
  deleteSubscription(name: string): Promise<void>
  /** Uses a new connection from now on: the old one may be silently dead. */
  renew(): void
  close(): Promise<void>
}
