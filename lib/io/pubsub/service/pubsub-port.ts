import type {PubSubError} from './pubsub-error.ts'

/** A message as the service hands it out. */
export interface ReceivedMessage {
  ackId: string
  message: {
    data: Buffer
    attributes: Record<string, string>
    messageId: string
    /** Seconds come as text: they are an int64. */
    publishTime: {seconds: string | number; nanos: number} | null
    orderingKey: string
  }
  /** 0 without a dead-letter policy. */
  deliveryAttempt: number
}

/** One answer on a streaming pull; an empty one answers a keep-alive. */
export interface PullResponse {
  receivedMessages: ReceivedMessage[]
  subscriptionProperties: {exactlyOnceDeliveryEnabled: boolean; messageOrderingEnabled: boolean} | null
}

/** What a streaming pull asks for. */
export interface PullRequest {
  subscription: string
  streamAckDeadlineSeconds: number
  maxOutstandingMessages: number
  maxOutstandingBytes: number
}

/** What comes of a streaming pull. */
export interface PullEvents {
  received(response: PullResponse): void
  /** The stream is over, also when it could not be opened; called once, never after `cancel()`. */
  ended(error: PubSubError): void
}

/** An open streaming pull. */
export interface PullStream {
  keepAlive(): void
  /** The ack deadline of what is handed out from now on. */
  setAckDeadline(seconds: number): void
  /** Stops reading, so that the service's flow control holds further messages back. */
  pause(): void
  resume(): void
  cancel(): void
}

/** Why an exactly-once subscription did not take an ack id, by ack id. */
export type AckFailures = ReadonlyMap<string, 'transient' | 'permanent'>

/** A message to be published. */
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
  /** 0 seconds give messages back. */
  modifyAckDeadline(subscription: string, ackIds: string[], seconds: number): Promise<AckFailures>
  /** Publishes in one request; gives the message ids. Messages with an ordering key must all have the same one. */
  publish(topic: string, messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<string[]>
  /** Those of the permissions that there are on a topic or subscription; needs none. */
  testPermissions(resource: string, permissions: readonly string[]): Promise<string[]>
  /** Creates a subscription that the service deletes after a day without use. */
  createTemporarySubscription(name: string, topic: string): Promise<void>
  deleteSubscription(name: string): Promise<void>
  /** Uses a new connection from now on: the old one may be dead without anybody having noticed. */
  renew(): void
  close(): Promise<void>
}
