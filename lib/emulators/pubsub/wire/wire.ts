/** A `google.protobuf.Timestamp` or `Duration`. */
export interface Seconds {
  seconds: number
  nanos: number
}

/** A message as it is published. */
export interface WireMessage {
  data: Buffer
  attributes: Record<string, string>
  messageId: string
  publishTime: Seconds | null
  orderingKey: string
}

/** A message as it is delivered. */
export interface WireReceived {
  ackId: string
  message: WireMessage
  deliveryAttempt: number
}

/** The parts of a topic that the local cloud knows. */
export interface WireTopic {
  name: string
  labels: Record<string, string>
  messageRetentionDuration: Seconds | null
  [other: string]: unknown
}

/** The parts of a subscription that the local cloud knows. */
export interface WireSubscription {
  name: string
  topic: string
  ackDeadlineSeconds: number
  retainAckedMessages: boolean
  messageRetentionDuration: Seconds | null
  labels: Record<string, string>
  enableMessageOrdering: boolean
  expirationPolicy: {ttl: Seconds | null} | null
  filter: string
  deadLetterPolicy: {deadLetterTopic: string; maxDeliveryAttempts: number} | null
  retryPolicy: {minimumBackoff: Seconds | null; maximumBackoff: Seconds | null} | null
  enableExactlyOnceDelivery: boolean
  [other: string]: unknown
}

/** One request of a `StreamingPull`. */
export interface WireStreamingPull {
  subscription: string
  ackIds: string[]
  modifyDeadlineSeconds: number[]
  modifyDeadlineAckIds: string[]
  streamAckDeadlineSeconds: number
  maxOutstandingMessages: number
  maxOutstandingBytes: number
  protocolVersion: number
}

/** Milliseconds of a timestamp or duration; undefined if there is none. */
export function toMs(value: Seconds | null | undefined): number | undefined {
  return value ? Number(value.seconds) * 1000 + value.nanos / 1e6 : undefined
}

/** A timestamp or duration of so many milliseconds. */
export function fromMs(ms: number): Seconds {
  const seconds = Math.floor(ms / 1000)
  return {seconds, nanos: Math.round((ms - seconds * 1000) * 1e6)}
}
